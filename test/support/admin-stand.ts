/**
 * The admin in a real browser, before a real server with an Admin and a Member. What goes wrong in a page, such as an
 * exception, an error in its console or a dialogue that some script has opened, fails the test at its end.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Config } from '../../src/settings.ts';
import { type Bellwire, startBellwire, testKeys } from './bellwire.ts';
import { goodPassword } from './people.ts';

export const adminEmail = 'ada@example.com';
const memberEmail = 'mia@example.com';

export interface AdminStand {
  bellwire: Bellwire;
  /** A page where the Admin, the Member or nobody is signed in, at this address. */
  open(path: string, who?: 'admin' | 'member' | 'nobody', settings?: BrowserContextOptions): Promise<Page>;
  /** Events of the first app, by its Segment door. */
  send(...calls: object[]): Promise<void>;
  /** What went wrong in pages so far. */
  problems: string[];
  /** Throws when anything went wrong in a page. */
  close(): Promise<void>;
}

export async function openAdminStand(browser: Browser, over: Partial<Config> = {}): Promise<AdminStand> {
  const bellwire = await startBellwire({ adminEmail, adminPassword: goodPassword, ...over });
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];
  await makeMember(bellwire);

  return {
    bellwire,
    problems,
    async open(path, who = 'admin', settings = {}) {
      const context = await browser.newContext({
        baseURL: bellwire.url,
        viewport: { width: 1280, height: 900 },
        ...settings,
      });
      contexts.push(context);
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      watch(page, problems);
      if (who !== 'nobody') {
        // As the sign-in form does it; that form has a test of its own.
        const answer = await context.request.post('/api/v1/session', {
          headers: { origin: bellwire.url },
          data: { email: who === 'admin' ? adminEmail : memberEmail, password: goodPassword },
        });
        if (!answer.ok()) throw new Error(`Nobody could sign in: ${answer.status()} ${await answer.text()}`);
      }
      await page.goto(path);
      return page;
    },
    async send(...calls) {
      const answer = await fetch(`${bellwire.url}/v1/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${testKeys.apiKey}:`)}` },
        body: JSON.stringify({ batch: calls }),
      });
      if (!answer.ok) throw new Error(`The events were not taken: ${answer.status}.`);
    },
    async close() {
      await Promise.all(contexts.map((context) => context.close()));
      await bellwire.close();
      if (problems.length > 0) throw new Error(`In a page: ${problems.join('; ')}`);
    },
  };
}

async function makeMember(bellwire: Bellwire): Promise<void> {
  const { link } = await bellwire.api<{ link: string }>('POST', '/users', {
    email: memberEmail,
    name: 'Mia',
    role: 'member',
  });
  const answer = await fetch(`${bellwire.url}/api/v1/password-link/redeem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: bellwire.url },
    body: JSON.stringify({ token: link.split('#')[1], password: goodPassword }),
  });
  if (!answer.ok) throw new Error(`The Member could not choose a password: ${answer.status}.`);
}

function watch(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => void problems.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // A browser notes every answer that is an error, also where one is expected: nobody signed in, nothing found, refused.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      problems.push(`console: ${message.text()}`);
    }
  });
}
