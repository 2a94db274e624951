/** Pages that have changed what a script may expect, and pages that allow next to nothing: they go on, and so does the agent. */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AgentStand, openAgentStand, snippetOf } from '../support/agent-stand.ts';
import { eventually, testKeys } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { segmentSnippet } from '../support/snippets.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

let stand: AgentStand;
beforeEach(async () => {
  stand = await openAgentStand(browser);
});
afterEach(() => stand.close());

/** The page's own work, which must be done whatever becomes of ours. */
const own = '<button onclick="document.title = \'Bought\'">B</button><script>window.isWhole = true</script>';

async function useAll(page: Page): Promise<void> {
  await page.click('button');
  await page.evaluate(`
    pendo.identify('ada', 'acme');
    pendo.track('Used', {list: [1, {a: [2]}], text: 'x'});
    history.pushState({}, '', '/next')`);
  await page.waitForTimeout(100);
  await page.evaluate('pendo.flushNow && pendo.flushNow()');
}

describe('all arrives on a page that', () => {
  test.each([
    ['has its own JSON', "JSON.stringify = () => 'broken'; JSON.parse = () => ({broken: true})"],
    ['has none', 'delete window.JSON'],
    [
      'writes arrays its own way',
      "Array.prototype.toJSON = function () { return 'broken' }; Object.prototype.toJSON = () => 'broken'",
    ],
    [
      'has frozen what everything comes from',
      '[Object, Array, Function, String, Promise, Map, Set, RegExp, Error].forEach((from) => Object.freeze(from.prototype))',
    ],
    [
      'adds to what everything comes from',
      "Object.prototype.extra = 'x'; Array.prototype.extra = () => 'x'; Object.prototype.id = 'everybody'",
    ],
    [
      'has no screen and no time zones',
      'Object.defineProperty(window, "screen", {value: undefined}); delete window.Intl',
    ],
    ['has no idle callbacks', 'delete window.requestIdleCallback'],
    [
      'has no locks, streams or navigation',
      'delete Navigator.prototype.locks; delete window.CompressionStream; delete window.navigation',
    ],
    ['has no randomness', 'Math.random = () => 0.5'],
    [
      'has no crypto',
      'delete window.crypto; delete Window.prototype.crypto; Object.defineProperty(window, "crypto", {value: undefined})',
    ],
    [
      'has a console that throws',
      "console.log = console.warn = () => { throw new Error('console') }; try { localStorage.setItem('_bellwire_.5a1d3c9e-0000-4000-8000-000000000001.debug', '1') } catch {}",
    ],
    [
      'changes timers afterwards',
      "addEventListener('load', () => { window.setTimeout = () => { throw new Error('no timers') } })",
    ],
  ])('%s', async (_, script) => {
    await stand.context.addInitScript(script);
    const page = await stand.open(own, '{}');
    await useAll(page);
    expect(await page.evaluate('[isWhole, document.title]')).toEqual([true, 'Bought']);
    const [tracked] = await stand.eventsOf('trackEventReceived', 1);
    expect(tracked?.properties).toEqual({
      name: 'Used',
      source: 'web',
      eventProperties: { list: [1, { a: [2] }], text: 'x' },
    });
    expect(tracked?.visitorId).toBe('ada');
    expect(await stand.eventsOf('featureClicked', 1)).toHaveLength(1);
    expect(await stand.eventsOf('pageLoaded', 2)).toHaveLength(2);
    expect(await stand.bellwire.api('GET', '/visitors/ada')).toMatchObject({ accountId: 'acme' });
    expect(stand.errors).toEqual([]);
  });
});

describe('nothing breaks on a page that', () => {
  test.each([
    ['has no fetch', 'delete window.fetch; window.fetch = undefined'],
    ['has a fetch that throws', "window.fetch = () => { throw new Error('fetch') }"],
    ['has a fetch that answers nonsense', 'window.fetch = () => 7'],
    ['has no Date', "Date.now = () => { throw new Error('no time') }"],
    ['has no listeners', "EventTarget.prototype.addEventListener = () => { throw new Error('no listeners') }"],
    [
      'has no observers, abort or blobs',
      'delete window.MutationObserver; delete window.AbortController; delete window.Blob',
    ],
    ['has no Request', 'delete window.Request'],
    [
      'has a pendo that cannot be changed',
      "Object.defineProperty(window, 'pendo', {value: Object.freeze({}), writable: false})",
    ],
    ['has a pendo that is something else', "window.pendo = 'x'"],
    ['has a pendo with broken calls', "window.pendo = {_q: [null, 7, ['nothing'], ['track', {}], ['initialize', 5]]}"],
  ])('%s', async (_, script) => {
    await stand.context.addInitScript(script);
    const { url } = stand.bellwire;
    const site = await stand.site({
      '/': `<!doctype html><body>${own}<script src="${url}/agent/static/${testKeys.apiKey}/pendo.js"></script></body>`,
    });
    const page = await stand.context.newPage();
    await page.goto(site.url);
    await page.evaluate(`
      const call = (name, ...args) => typeof window.pendo?.[name] === 'function' && pendo[name](...args);
      call('initialize', {visitor: {id: 'ada'}});
      call('track', 'Used'); call('identify', 'ada'); call('updateOptions', {}); call('pageLoad'); call('clearSession');
      call('getSerializedMetadata'); call('optOut'); call('optIn'); call('enableDebugging'); call('disableDebugging');
      call('flushNow'); call('teardown')`);
    await page.click('button');
    await page.waitForTimeout(1300);
    expect(await page.evaluate('[isWhole, document.title]')).toEqual([true, 'Bought']);
    expect(stand.errors).toEqual([]);
  });

  test('gives what is nothing to every call', async () => {
    const page = await stand.open(own);
    const names = await page.evaluate<string[]>(
      "Object.keys(pendo).filter((name) => typeof pendo[name] === 'function')",
    );
    expect(names.length).toBeGreaterThan(20);
    for (const name of names.filter((name) => name !== 'validateInstall')) {
      for (const given of [
        '',
        'null',
        '7',
        "'x'",
        '[]',
        '{visitor: 5, account: null}',
        '() => 1',
        'document.body',
        'window',
      ]) {
        await page.evaluate(`void pendo.${name}(${given})`);
      }
    }
    await page.waitForTimeout(300);
    expect(stand.errors).toEqual([]);
  });
});

test('an agent that throws into the page is found out', async () => {
  await stand.context.route('**/agent/static/**', async (route) => {
    const response = await route.fetch();
    const thrower = "addEventListener('click', () => { throw new Error('planted') })";
    await route.fulfill({ response, body: `${await response.text()};${thrower}` });
  });
  const page = await stand.open(own);
  await page.click('button');
  await eventually(async () => (stand.errors.length > 0 ? true : null));
  expect(() => stand.throwErrors()).toThrow('planted');
});

describe('under a Content-Security-Policy without unsafe-*', () => {
  test.each([
    ["Pendo's snippet", (url: string) => snippetOf({ url }, "{visitor: {id: 'ada'}}")],
    [
      "Segment's snippet",
      (url: string) => segmentSnippet(url, testKeys.apiKey, "analytics.identify('ada'); analytics.page();"),
    ],
  ])('%s reports nothing, and all arrives', async (_, snippet) => {
    const { url } = stand.bellwire;
    const script = snippet(url);
    const inline = /<script>(.*)<\/script>/s.exec(script)?.[1] ?? '';
    const hash = createHash('sha256').update(inline).digest('base64');
    const policy = `default-src 'none'; script-src 'sha256-${hash}' ${url}; connect-src ${url}; report-uri /csp`;
    const site = await stand.site({
      '/': {
        html: `<!doctype html><body><button>B</button>${script}</body>`,
        headers: { 'content-security-policy': policy },
      },
    });
    const page = await stand.context.newPage();
    const reports: string[] = [];
    page.on('request', (request) => void (request.url().endsWith('/csp') && reports.push(request.postData() ?? '')));
    await page.goto(site.url);
    // Not by waitForFunction, which evaluates a text in the page.
    await eventually(async () =>
      (await page.evaluate('(window.bellwire ?? window.pendo)?.isReady?.()')) ? true : null,
    );
    await page.click('button');
    expect(await stand.eventsOf('featureClicked', 1)).toMatchObject([{ visitorId: 'ada' }]);
    expect(await stand.eventsOf('pageLoaded', 1)).toHaveLength(1);
    expect(reports.filter((report) => !report.includes('favicon'))).toEqual([]);
    expect(stand.errors.filter((error) => !error.includes('favicon'))).toEqual([]);
  });

  test('and what is not allowed is reported: a page whose policy lacks the server', async () => {
    const policy = `default-src 'none'; script-src 'unsafe-inline' ${stand.bellwire.url}; report-uri /csp`;
    const html = `<!doctype html><body>${snippetOf(stand.bellwire, "{visitor: {id: 'ada'}}")}</body>`;
    const site = await stand.site({ '/': { html, headers: { 'content-security-policy': policy } } });
    const page = await stand.context.newPage();
    const reported = page.waitForRequest((request) => request.url().endsWith('/csp'));
    await page.goto(site.url);
    expect((await reported).postData()).toContain('connect-src');
    await eventually(async () => ((await page.evaluate('window.pendo.isReady?.()')) ? true : null));
    expect(await page.evaluate('pendo.validateInstall()')).toEqual([
      expect.stringContaining('Content-Security-Policy (connect-src)'),
    ]);
  });
});
