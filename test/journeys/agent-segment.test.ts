/**
 * Segment in the browser, both ways: its library pointed here, which brings our agent along; and its destination "Pendo Web
 * (Actions)" with its CNAME setting on Bellwire. And both at once, without any event twice.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AgentStand, openAgentStand } from '../support/agent-stand.ts';
import { eventually, testKeys } from '../support/bellwire.ts';
import { type SitePage, startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { pendoWebActions, segmentSnippet } from '../support/snippets.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

let stand: AgentStand;
let receiver: Receiver;
beforeEach(async () => {
  stand = await openAgentStand(browser);
  receiver = await startReceiver();
  await stand.bellwire.addWebhook({ url: receiver.url, events: 'all' });
});
afterEach(async () => {
  await stand.close();
  await receiver.close();
  stand.throwErrors();
});

const isReady = '(window.bellwire ?? window.pendo)?.isReady?.()';

async function open(snippet: string): Promise<Page> {
  const html = `<!doctype html><title>Shop</title><body><button id="buy">Buy</button>${snippet}</body>`;
  const { url } = await stand.site({ '/': html });
  const page = await stand.context.newPage();
  await page.goto(url);
  await page.waitForFunction(isReady);
  return page;
}

function pointedHere(calls: string): string {
  return segmentSnippet(stand.bellwire.url, testKeys.apiKey, calls);
}

async function types(): Promise<string[]> {
  const names = (await stand.events()).map(({ type }) => type);
  return names.toSorted((a, b) => a.localeCompare(b));
}

test('the library alone: visitor, account, pages and clicks reach a receiver', async () => {
  const page = await open(
    pointedHere(`analytics.identify('ada', {plan: 'pro'}); analytics.group('acme', {seats: 3});
      analytics.page(); analytics.track('Report Exported', {rows: 12});`),
  );
  await page.click('#buy');
  await page.evaluate("history.pushState({}, '', '/cart')");
  await stand.eventsOf('pageLoaded', 2);
  const [click] = await stand.eventsOf('featureClicked', 1);
  expect(click).toMatchObject({ visitorId: 'ada', accountId: 'acme', door: 'agent' });
  expect(await types()).toEqual([
    'accountCreated',
    'featureClicked',
    'pageLoaded',
    'pageLoaded',
    'trackEventReceived',
    'visitorCreated',
  ]);
  const received = [];
  while (received.length < 6) received.push(JSON.parse((await receiver.next()).body.toString()));
  expect(received.map(({ event, visitorId }) => [event, visitorId])).toEqual(
    expect.arrayContaining([
      ['visitorCreated', 'ada'],
      ['accountCreated', 'ada'],
      ['trackEventReceived', 'ada'],
      ['pageLoaded', 'ada'],
      ['featureClicked', 'ada'],
    ]),
  );
  expect(received.find(({ properties }) => properties.url?.endsWith('/cart'))).toMatchObject({ accountId: 'acme' });
  expect(await stand.bellwire.api('GET', '/visitors/ada')).toMatchObject({ metadata: { segment: { plan: 'pro' } } });
});

test('pages and clicks come with no call at all, anonymous, and become those of the first name', async () => {
  const page = await open(pointedHere(''));
  await page.click('#buy');
  const [click] = await stand.eventsOf('featureClicked', 1);
  const anonymousId = await page.evaluate<string>('analytics.user().anonymousId()');
  expect(click?.visitorId).toBe(`_PENDO_T_${anonymousId}`);
  expect(await stand.eventsOf('pageLoaded', 1)).toHaveLength(1);

  await page.evaluate("analytics.identify('ada', {groupId: 'acme'})");
  await eventually(async () => ((await page.evaluate('bellwire.getVisitorId()')) === 'ada' ? true : null));
  await page.click('#buy');
  expect((await stand.eventsOf('featureClicked', 2))[1]).toMatchObject({ visitorId: 'ada', accountId: 'acme' });
  expect(await stand.bellwire.api('GET', '/visitors/ada')).toMatchObject({ id: 'ada' });

  await page.evaluate('analytics.reset()');
  await eventually(async () => ((await page.evaluate('bellwire.isAnonymousVisitor()')) ? true : null));
  expect(await page.evaluate('bellwire.getVisitorId()')).not.toBe(`_PENDO_T_${anonymousId}`);
});

test('a page call that comes late is the same page load, and the next one is another', async () => {
  const page = await open(pointedHere(''));
  await stand.eventsOf('pageLoaded', 1);
  await page.evaluate("analytics.page('Late')");
  await page.evaluate("analytics.page('Another')");
  await page.evaluate("analytics.track('Afterwards')");
  await stand.eventsOf('trackEventReceived', 1);
  const pages = await stand.eventsOf('pageLoaded', 2);
  expect(pages.map(({ door, properties }) => [door, properties['name']])).toEqual([
    ['agent', ''],
    ['segment', 'Another'],
  ]);
});

test('the agent can be left out, as any destination', async () => {
  const snippet = pointedHere('analytics.page();').replace(
    `analytics.load("${testKeys.apiKey}")`,
    `analytics.load("${testKeys.apiKey}", {integrations: {'Bellwire Agent': false}})`,
  );
  const { url } = await stand.site({ '/': `<!doctype html><body>${snippet}</body>` });
  const page = await stand.context.newPage();
  await page.goto(url);
  await stand.eventsOf('pageLoaded', 1);
  expect(await page.evaluate('window.bellwire')).toBe(undefined);
});

test('"Pendo Web (Actions)" alone, the library itself pointed elsewhere', async () => {
  // Where a source's calls go that is not ours.
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, content-type, x-retry-count',
  };
  const taken = { html: '{"success":true}', headers };
  const pages: Record<string, SitePage> = { '/v1/i': taken, '/v1/g': taken, '/v1/t': taken };
  const elsewhere = await stand.site(pages);
  const segment = { apiKey: 'elsewhere', apiHost: `${elsewhere.url.replace('http://', '')}/v1`, protocol: 'http' };
  const settings = { integrations: { 'Segment.io': segment }, metrics: { sampleRate: 0 } };
  pages['/v1/projects/elsewhere/settings'] = { html: JSON.stringify(settings), headers };
  const snippet = segmentSnippet(stand.bellwire.url, 'elsewhere', "analytics.identify('ada', {plan: 'pro'})").replace(
    `analytics._cdn="${stand.bellwire.url}"`,
    `analytics._cdn="${elsewhere.url}"`,
  );
  const page = await open(`${snippet}${pendoWebActions(stand.bellwire.url, testKeys.apiKey)}`);
  await page.evaluate("analytics.group('acme', {seats: 3}); analytics.track('Report Exported', {rows: 12})");
  await page.click('#buy');
  const [tracked] = await stand.eventsOf('trackEventReceived', 1);
  expect(tracked).toMatchObject({ visitorId: 'ada', properties: { eventProperties: { rows: 12 }, source: 'web' } });
  expect(await stand.eventsOf('featureClicked', 1)).toMatchObject([{ visitorId: 'ada', accountId: 'acme' }]);
  expect(await stand.bellwire.api('GET', '/visitors/ada')).toMatchObject({ metadata: { agent: { plan: 'pro' } } });
  expect(await stand.bellwire.api('GET', '/accounts/acme')).toMatchObject({ metadata: { agent: { seats: 3 } } });
  expect(await types()).toEqual([
    'accountCreated',
    'featureClicked',
    'pageLoaded',
    'trackEventReceived',
    'visitorCreated',
  ]);

  await page.evaluate(
    "analytics.group('acme', {seats: 4, parentAccount: {id: 'holding'}}); analytics.track('Afterwards')",
  );
  const tracks = await stand.eventsOf('trackEventReceived', 2);
  expect(tracks[1]).toMatchObject({ visitorId: 'ada', accountId: 'holding::acme' });
});

test('both at once: no event twice', async () => {
  const page = await open(
    pointedHere("analytics.identify('ada', {groupId: 'acme'}); analytics.page();") +
      pendoWebActions(stand.bellwire.url, testKeys.apiKey),
  );
  await page.waitForFunction('window.pendo?.isReady?.()');
  await page.evaluate(`for (let n = 0; n < 3; n += 1) {
    analytics.track('Report Exported', {rows: 12}); analytics.track('Report Exported', {rows: n}) }`);
  await page.click('#buy');
  await stand.eventsOf('trackEventReceived', 6);
  await stand.eventsOf('featureClicked', 1);
  await page.evaluate('pendo.flushNow()');
  expect(stand.items.filter(({ type }) => type === 'track')).toHaveLength(6);
  expect(await types()).toEqual([
    'accountCreated',
    'featureClicked',
    'pageLoaded',
    ...Array.from({ length: 6 }, () => 'trackEventReceived'),
    'visitorCreated',
  ]);
  expect(await page.evaluate('pendo.track === bellwire.track')).toBe(true);
});
