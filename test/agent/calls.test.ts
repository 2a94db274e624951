/** What pages call, in Pendo's names and by Pendo's rules. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AgentStand, openAgentStand, snippetOf } from '../support/agent-stand.ts';
import { testKeys } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

let stand: AgentStand;
beforeEach(async () => {
  stand = await openAgentStand(browser);
});
afterEach(async () => {
  await stand.close();
  stand.throwErrors();
});

test('calls from before it has loaded are taken up, initialize first', async () => {
  const page = await stand.open('', '{}', "<script>window.pendo = {_q: [['track', 'Early', {a: 1}]]}</script>");
  await page.evaluate("pendo.identify('ada', 'acme')");
  const items = await stand.flushed(page);
  expect(items.map(({ type }) => type)).toEqual(expect.arrayContaining(['pageLoad', 'identify', 'track']));
  expect(items.find(({ type }) => type === 'track')?.properties).toEqual({ name: 'Early', eventProperties: { a: 1 } });
});

test('who comes with a name was nobody before, and is told once', async () => {
  const page = await stand.open();
  const told = (await stand.flushed(page)).filter(({ type }) => type === 'identify');
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ visitorId: 'ada', accountId: 'acme' });
  expect(told[0]?.properties).not.toHaveProperty('oldVisitorId');
});

test("Segment's classic Pendo integration is understood, which says in a global who it is", async () => {
  const { url } = stand.bellwire;
  const given = "{apiKey: 'x', usePendoAgentAPI: true, visitor: {id: 'ada', plan: 'pro'}, account: {id: 'acme'}}";
  const { url: site } = await stand.site({
    '/': `<!doctype html><body><script>window.pendo_options = ${given}</script>
      <script src="${url}/agent/static/${testKeys.apiKey}/pendo.js"></script></body>`,
  });
  const page = await stand.context.newPage();
  await page.goto(site);
  expect(await page.evaluate('[pendo.getVisitorId(), pendo.getAccountId()]')).toEqual(['ada', 'acme']);
  await page.evaluate(
    "pendo.identify(Object.assign(pendo_options, {visitor: {id: 'grace'}, account: {id: undefined}}))",
  );
  expect(await page.evaluate('[pendo.getVisitorId(), pendo.getAccountId()]')).toEqual(['grace', '']);
});

test('a function of the stub that was kept still works', async () => {
  const keep = '<script>window.kept = pendo.track</script>';
  const page = await stand.open(keep);
  await page.evaluate("kept('Late')");
  expect((await stand.flushed(page)).find(({ type }) => type === 'track')?.properties['name']).toBe('Late');
});

test('an anonymous visitor stays one over pages and tabs, and becomes the first name', async () => {
  const first = await stand.open('', '{}');
  const anonymousId = await first.evaluate<string>('pendo.getVisitorId()');
  expect(anonymousId).toMatch(/^_PENDO_T_\w{11}$/);
  expect(await first.evaluate('pendo.isAnonymousVisitor()')).toBe(true);
  await first.reload();
  await first.waitForFunction('window.pendo.isReady && pendo.isReady()');
  expect(await first.evaluate('pendo.getVisitorId()')).toBe(anonymousId);
  const second = await stand.context.newPage();
  await second.goto(first.url());
  await second.waitForFunction('window.pendo.isReady && pendo.isReady()');
  expect(await second.evaluate('pendo.getVisitorId()')).toBe(anonymousId);
  await stand.flushed(second);

  await second.evaluate("pendo.identify('ada', 'acme')");
  await stand.flushed(second);
  const identify = stand.items.findLast(({ type }) => type === 'identify');
  expect(identify).toMatchObject({ visitorId: 'ada', accountId: 'acme', properties: { oldVisitorId: anonymousId } });
  await stand.eventsOf('accountCreated', 1);
  const visitor = await stand.bellwire.api('GET', '/visitors/ada');
  expect(visitor).toMatchObject({ id: 'ada', accountId: 'acme' });
});

test('who it was is known on the next page without being said, and forgotten when asked', async () => {
  const page = await stand.open('', '{}');
  await page.evaluate(
    "pendo.identify({visitor: {id: 'ada', Plan: 'pro', nested: {a: 1}, tags: ['x']}, account: {id: 7}})",
  );
  expect(await page.evaluate('pendo.getSerializedMetadata()')).toMatchObject({
    visitor: { id: 'ada', Plan: 'pro', tags: ['x'], language: expect.stringMatching(/^en_US$/), browsername: 'Chrome' },
    account: { id: '7' },
  });
  expect(await page.evaluate('"nested" in pendo.getSerializedMetadata().visitor')).toBe(false);
  await page.reload();
  await page.waitForFunction('window.pendo.isReady && pendo.isReady()');
  expect(await page.evaluate('[pendo.getVisitorId(), pendo.getAccountId()]')).toEqual(['ada', '7']);
  await page.evaluate('pendo.clearSession()');
  expect(await page.evaluate('[pendo.isAnonymousVisitor(), pendo.getAccountId()]')).toEqual([true, '']);
});

test('identify is told once, and again when something has changed', async () => {
  const page = await stand.open();
  await page.evaluate("pendo.identify('ada', 'acme')");
  await page.evaluate("pendo.updateOptions({visitor: {plan: 'pro'}, account: {seats: 3}})");
  await page.evaluate("pendo.updateOptions({visitor: {plan: 'pro'}, account: {seats: 3}})");
  const told = (await stand.flushed(page)).filter(({ type }) => type === 'identify');
  expect(told).toHaveLength(2);
  expect(told[1]?.properties).toMatchObject({ visitor: { id: 'ada', plan: 'pro' }, account: { id: 'acme', seats: 3 } });
  expect(await stand.bellwire.api('GET', '/accounts/acme')).toMatchObject({ metadata: { agent: { seats: 3 } } });
});

describe('ids', () => {
  test('with a parent, an account goes by both', async () => {
    const page = await stand.open('', "{visitor: {id: 'ada'}, account: {id: 'shop'}, parentAccount: {id: 'group'}}");
    expect(await page.evaluate('pendo.getAccountId()')).toBe('group::shop');
  });

  test('another name does not take over the account of the one before', async () => {
    const page = await stand.open();
    await page.evaluate("pendo.identify('grace')");
    expect(await page.evaluate('[pendo.getVisitorId(), pendo.getAccountId()]')).toEqual(['grace', '']);
    const items = await stand.flushed(page);
    expect(items.findLast(({ type }) => type === 'identify')?.properties).not.toHaveProperty('oldVisitorId');
  });
});

test('track takes a name, and says what was no object', async () => {
  const page = await stand.open();
  await page.evaluate(
    "pendo.track(''); pendo.track(); pendo.track(7); pendo.track('A'); pendo.track('B', 5); pendo.track('C', null)",
  );
  const tracks = (await stand.flushed(page)).filter(({ type }) => type === 'track');
  expect(tracks.map(({ properties }) => properties)).toEqual([
    { name: 'A', eventProperties: {} },
    { name: 'B', eventProperties: { __err__: 5 } },
    { name: 'C', eventProperties: { __err__: null } },
  ]);
});

test('a page load by hand, and an address that is made clean', async () => {
  const page = await stand.open('', "{visitor: {id: 'ada'}, sanitizeUrl: (url) => url.split('?')[0]}");
  await page.evaluate("pendo.pageLoad('https://shop.example/cart?token=1')");
  const pages = (await stand.flushed(page)).filter(({ type }) => type === 'pageLoad');
  expect(pages.map(({ url }) => url)).toEqual([page.url(), 'https://shop.example/cart']);
});

test('an address that cannot be made clean is not told', async () => {
  const page = await stand.open('', "{visitor: {id: 'ada'}, sanitizeUrl() { throw new Error('no') }}");
  const first = (await stand.flushed(page)).find(({ type }) => type === 'pageLoad');
  expect(first?.url).toBe('');
});

test('sending can be stopped and started, and torn down', async () => {
  const page = await stand.open();
  await stand.flushed(page);
  const before = stand.items.length;
  await page.evaluate("pendo.stopSendingEvents(); pendo.track('Unheard')");
  expect(await page.evaluate('pendo.isSendingEvents()')).toBe(false);
  await page.evaluate("pendo.startSendingEvents(); pendo.track('Heard')");
  await stand.flushed(page);
  expect(stand.items.slice(before).map(({ properties }) => properties['name'])).toEqual(['Heard']);
  await page.evaluate("pendo.track('Last'); pendo.teardown(); pendo.track('After')");
  expect(await page.evaluate('pendo.isReady()')).toBe(false);
  await page.close();
  const tracks = await stand.eventsOf('trackEventReceived', 2);
  expect(tracks.map(({ properties }) => properties['name'])).toEqual(['Heard', 'Last']);
});

test('who opts out is not captured, also on the next page, until they opt in', async () => {
  const page = await stand.open();
  await stand.flushed(page);
  await page.evaluate("pendo.track('Forgotten'); pendo.optOut(); pendo.track('Unheard')");
  expect(await page.evaluate('[pendo.hasOptedOut(), pendo.isSendingEvents()]')).toEqual([true, false]);
  await page.reload();
  await page.waitForFunction('window.pendo.isReady && pendo.isReady()');
  await page.evaluate("pendo.track('Unheard'); pendo.optIn(); pendo.track('Heard')");
  await stand.flushed(page);
  const tracks = stand.items.filter(({ type }) => type === 'track');
  expect(tracks.map(({ properties }) => properties['name'])).toEqual(['Heard']);
});

test.each([
  ['optOutByDefault: true', ''],
  ['honorDoNotTrack: true', "Object.defineProperty(Navigator.prototype, 'doNotTrack', {value: '1'})"],
  [
    'honorGlobalPrivacyControl: true',
    "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})",
  ],
])('with %s nothing is captured', async (option, script) => {
  await stand.context.addInitScript(script);
  const page = await stand.open('<button>Buy</button>', `{visitor: {id: 'ada'}, ${option}}`);
  await page.click('button');
  await page.evaluate("pendo.track('Unheard')");
  expect(await stand.flushed(page)).toEqual([]);
  expect(await page.evaluate('Object.keys(localStorage).filter((key) => /\\.q/.test(key))')).toEqual([]);
});

test('anonymous visitors can be left out, and nothing be kept', async () => {
  const page = await stand.open('', '{dropAnonymous: true, disablePersistence: true}');
  await page.evaluate("pendo.track('Unheard')");
  expect(await stand.flushed(page)).toEqual([]);
  await page.evaluate("pendo.identify('ada'); pendo.track('Heard')");
  expect((await stand.flushed(page)).map(({ type }) => type)).toEqual(['identify', 'track']);
  expect(await page.evaluate('localStorage.length')).toBe(0);
});

test('identities can be kept apart, and names forgotten', async () => {
  const page = await stand.open('', "{visitor: {id: 'ada'}, identityStorageSuffix: '.a'}");
  const keys = await page.evaluate<string[]>('Object.keys(localStorage)');
  expect(keys).toContain(`_bellwire_.${testKeys.apiKey}.visitor.a`);
  const other = await stand.site({
    '/': `<!doctype html><body>${snippetOf(stand.bellwire, '{forceAnonymous: true}')}</body>`,
  });
  await page.goto(other.url);
  await page.waitForFunction('window.pendo.isReady && pendo.isReady()');
  await page.evaluate("pendo.identify('ada')");
  await page.reload();
  await page.waitForFunction('window.pendo.isReady && pendo.isReady()');
  expect(await page.evaluate('pendo.isAnonymousVisitor()')).toBe(true);
});

test('those who listen are called, and a listener that throws harms nobody', async () => {
  const page = await stand.open('', "{visitor: {id: 'ada'}, events: {ready() { window.wasReady = true }}}");
  expect(await page.evaluate('wasReady')).toBe(true);
  await page.evaluate(`
    window.heard = [];
    const on = ({properties}) => heard.push('on ' + properties.name);
    pendo.events.on('track', () => { throw new Error('a listener') });
    pendo.events.on('track', on);
    pendo.events.once('track', ({properties}) => heard.push('once ' + properties.name));
    pendo.track('A'); pendo.track('B');
    pendo.events.off('track', on);
    pendo.track('C');
  `);
  expect(await page.evaluate('heard')).toEqual(['on A', 'once A', 'on B']);
});

describe('validateInstall says in words', () => {
  test('that all is well', async () => {
    const page = await stand.open();
    expect(await page.evaluate('pendo.validateInstall()')).toEqual([]);
  });

  test('what is wrong', async () => {
    const page = await stand.open(
      '',
      "{visitor: {id: 'VISITOR-UNIQUE-ID'}, account: {id: ''}, dataHost: 'http://127.0.0.1:9'}",
    );
    const problems = await page.evaluate<string[]>('pendo.validateInstall()');
    expect(problems).toEqual([
      expect.stringContaining('visitor.id is empty or a placeholder'),
      expect.stringContaining('account.id is empty or a placeholder'),
      expect.stringContaining('http://127.0.0.1:9/data/agent/'),
    ]);
    stand.errors.length = 0;
  });

  test('debug mode tells what happens, on later pages too', async () => {
    const page = await stand.open();
    const told: string[] = [];
    page.on('console', (message) => void told.push(message.text()));
    await page.evaluate("pendo.enableDebugging(); pendo.track('Seen'); pendo.track('')");
    expect(told.join('\n')).toMatch(/\[Bellwire\] track .*\n\[Bellwire\] track needs a name/);
    await page.reload();
    await page.waitForFunction('window.pendo.isReady && pendo.isReady()');
    expect(told.join('\n')).toContain('[Bellwire] ready');
    told.length = 0;
    await page.evaluate("pendo.disableDebugging(); pendo.track('Unseen')");
    expect(told).toEqual([]);
  });
});

test('a key that is no app’s says so, and breaks nothing', async () => {
  const { url } = await stand.site({
    '/': `<!doctype html><body><script src="${stand.bellwire.url}/agent/static/wrong/pendo.js"></script></body>`,
  });
  const page = await stand.context.newPage();
  const told: string[] = [];
  page.on('console', (message) => void told.push(`${message.type()}: ${message.text()}`));
  await page.goto(url);
  expect(told).toEqual([expect.stringMatching(/^warning: \[Bellwire\] The API key .* is not the key of any app/)]);
});
