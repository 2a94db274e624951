/**
 * The agent on pages of a real browser, before a real server: what the pages send is kept, and what the server has of it can be
 * asked. Pages lie on another origin than the server, as everywhere.
 */
import { gunzipSync } from 'node:zlib';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { type Bellwire, eventually, startBellwire, testKeys } from './bellwire.ts';
import { type Site, type SitePage, startSite } from './chromium.ts';
import { pendoSnippet } from './snippets.ts';

/** One item, as the agent's door gets it. */
export interface SentItem {
  type: string;
  messageId: string;
  visitorId: string;
  accountId: string;
  url: string;
  title: string;
  properties: Record<string, unknown>;
}

/** An event, as the API shows it. */
export interface LedgerEvent {
  type: string;
  door: string;
  visitorId: string;
  accountId: string;
  messageId: string | null;
  url: string;
  properties: Record<string, unknown>;
}

export interface AgentStand {
  bellwire: Bellwire;
  context: BrowserContext;
  /** What pages have sent to the agent's door so far, in this order, repeats included. */
  items: SentItem[];
  /** What went wrong in the pages: exceptions that nobody caught, and errors in their consoles. */
  errors: string[];
  site(pages: Readonly<Record<string, SitePage | string>>): Promise<Site>;
  /** A page with Pendo's snippet at the start of its body, and `html` after it. */
  open(html?: string, options?: string, before?: string): Promise<Page>;
  /** Once this page has sent all that waits. */
  flushed(page: Page): Promise<SentItem[]>;
  /** All that the ledger has, the oldest first. */
  events(): Promise<LedgerEvent[]>;
  /** The same, as soon as there are so many of this type. */
  eventsOf(type: string, count: number): Promise<LedgerEvent[]>;
  close(): Promise<void>;
  /** Throws when anything went wrong in a page. */
  throwErrors(): void;
}

export async function openAgentStand(browser: Browser, settings: BrowserContextOptions = {}): Promise<AgentStand> {
  const bellwire = await startBellwire();
  const context = await browser.newContext(settings);
  const sites: Site[] = [];
  const items: SentItem[] = [];
  const errors: string[] = [];
  context.on('request', (request) => void items.push(...itemsOf(request)));
  context.on('weberror', (error) => void errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) errors.push(message.text());
  });

  const stand: AgentStand = {
    bellwire,
    context,
    items,
    errors,
    async site(pages) {
      const site = await startSite(pages);
      sites.push(site);
      return site;
    },
    async open(html = '', options = "{visitor: {id: 'ada'}, account: {id: 'acme'}}", before = '') {
      const text = `<!doctype html><title>Shop</title><body>${before}${snippetOf(bellwire, options)}${html}</body>`;
      const { url } = await stand.site({ '/': text });
      const page = await context.newPage();
      await page.goto(url);
      await page.waitForFunction('window.pendo && pendo.isReady && pendo.isReady()');
      return page;
    },
    async flushed(page) {
      await page.evaluate('pendo.flushNow()');
      return items;
    },
    async events() {
      const { items: found } = await bellwire.api<{ items: LedgerEvent[] }>('GET', '/events?limit=200');
      return found.toReversed();
    },
    eventsOf: (type, count) =>
      eventually(async () => {
        const found = (await stand.events()).filter((event) => event.type === type);
        return found.length >= count ? found : null;
      }),
    async close() {
      await context.close();
      await Promise.all(sites.map((site) => site.close()));
      await bellwire.close();
    },
    throwErrors() {
      if (errors.length > 0) throw new Error(`Something went wrong in a page:\n${errors.join('\n')}`);
    },
  };
  return stand;
}

export function snippetOf({ url }: { url: string }, options: string): string {
  return pendoSnippet(url, testKeys.apiKey, options);
}

function itemsOf(request: Request): SentItem[] {
  if (!request.url().includes('/data/agent/') || request.method() !== 'POST') return [];
  const body = request.postDataBuffer();
  if (body === null) return [];
  const text = body[0] === 0x1f ? gunzipSync(body) : body;
  return (JSON.parse(text.toString('utf8')) as { events: SentItem[] }).events;
}
