/** From a page in a real browser, through the agent and its door, to a receiver. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bellwire, startBellwire, testKeys } from '../support/bellwire.ts';
import { type Site, startChromium, startSite } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { pendoSnippet } from '../support/snippets.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

let bellwire: Bellwire;
let receiver: Receiver;
let context: BrowserContext;
const sites: Site[] = [];
beforeEach(async () => {
  bellwire = await startBellwire();
  receiver = await startReceiver();
  context = await browser.newContext();
});
afterEach(async () => {
  await context.close();
  await Promise.all(sites.splice(0).map((site) => site.close()));
  await bellwire.close();
  await receiver.close();
});

async function openPage(html: string): Promise<Page> {
  const site = await startSite({ '/': `<!doctype html><title>Shop</title><body>${html}</body>` });
  sites.push(site);
  const page = await context.newPage();
  await page.goto(site.url);
  return page;
}

test("a page with Pendo's snippet and the host changed", async () => {
  await bellwire.addWebhook({ url: receiver.url, events: 'all' });
  const options = "{visitor: {id: 'ada', email: 'ada@acme.example'}, account: {id: 'acme', plan: 'team'}}";
  const snippet = pendoSnippet(bellwire.url, testKeys.apiKey, options);
  const page = await openPage(`<button id="buy">Buy</button>${snippet}<script>pendo.track('Early', {a: 1})</script>`);
  await page.click('#buy');
  const events = [];
  while (events.length < 5) events.push(JSON.parse((await receiver.next()).body.toString()));
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['accountCreated', 'featureClicked', 'pageLoaded', 'trackEventReceived', 'visitorCreated']),
  );
  expect(events.every(({ visitorId, accountId }) => visitorId === 'ada' && accountId === 'acme')).toBe(true);
  expect(events.find(({ event }) => event === 'featureClicked')?.properties).toMatchObject({
    featureId: expect.stringMatching(/^ft_/),
    name: 'Any click',
    url: page.url(),
    elements: [{ tag: 'button', id: 'buy', text: 'Buy' }, { tag: 'body' }, { tag: 'html' }],
  });
});
