/** Whatever happens to page, browser and network: each event is in the ledger, once, and the server is not asked too much. */
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AgentStand, openAgentStand, snippetOf } from '../support/agent-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { openWay, type Way } from '../support/way.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

let stand: AgentStand;
let way: Way;
beforeEach(async () => {
  stand = await openAgentStand(browser);
  way = await openWay(stand.bellwire.url);
});
afterEach(async () => {
  await stand.close();
  await way.close();
});

function options(more = ''): string {
  return `{visitor: {id: 'ada'}, account: {id: 'acme'}, dataHost: '${way.url}'${more}}`;
}

async function ready(page: Page): Promise<Page> {
  await page.waitForFunction('window.pendo && pendo.isReady && pendo.isReady()');
  return page;
}

/** The page's clock goes on by `seconds`, in steps, each with a request, so that what its timers begin comes to an end. */
async function pass(page: Page, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    await page.clock.runFor(Math.min(5, seconds - passed) * 1000);
    await page.evaluate("fetch('/favicon.ico').catch(() => {}).then(() => {})");
  }
}

/** The page's clock goes on until it is so. */
async function passUntil(page: Page, isSo: () => boolean): Promise<void> {
  await eventually(async () => {
    await pass(page, 5);
    return isSo() ? true : null;
  });
}

function sorted(names: readonly string[]): string[] {
  return names.toSorted((a, b) => a.localeCompare(b));
}

async function trackNames(count: number): Promise<string[]> {
  const tracks = await stand.eventsOf('trackEventReceived', count);
  return sorted(tracks.map(({ properties }) => String(properties['name'])));
}

test('down for five minutes, a tab closed in the middle, offline and back: all of it once', async () => {
  const names: string[] = [];
  const tell = async (page: Page, name: string) => {
    names.push(name);
    await page.evaluate(`pendo.track('${name}')`);
    await page.click('button');
  };
  await stand.context.clock.install();
  const page = await stand.open('<button>B</button>', options());
  await tell(page, 'a-before');
  await pass(page, 5);
  expect(await trackNames(1)).toEqual(names);

  await way.cut();
  for (let minute = 0; minute < 3; minute += 1) {
    await tell(page, `b-down-${minute}`);
    await pass(page, 60);
  }
  await page.close();

  const second = await stand.context.newPage();
  await second.goto(page.url());
  await ready(second);
  for (let minute = 3; minute < 5; minute += 1) {
    await tell(second, `b-down-${minute}`);
    await pass(second, 60);
  }
  await stand.context.setOffline(true);
  await tell(second, 'c-offline');
  await pass(second, 5);
  await way.mend();
  await stand.context.setOffline(false);
  await tell(second, 'd-back');
  await eventually(async () => {
    await pass(second, 10);
    return (await stand.events()).some(({ properties }) => properties['name'] === 'd-back') ? true : null;
  });

  expect(await trackNames(names.length)).toEqual(sorted(names));
  const events = await stand.events();
  expect(events.filter(({ type }) => type === 'featureClicked')).toHaveLength(names.length);
  expect(events.filter(({ type }) => type === 'pageLoaded')).toHaveLength(2);
  expect(events.filter(({ type }) => type === 'visitorCreated')).toHaveLength(1);
  expect(await second.evaluate('Object.keys(localStorage).filter((key) => /\\.q/.test(key))')).toEqual([]);
});

describe('what would go wrong is found out', () => {
  test('an agent that keeps nothing loses what happened while the server was down', async () => {
    const page = await stand.open('', options(', disablePersistence: true'));
    await stand.flushed(page);
    await way.cut();
    await page.evaluate("pendo.track('Lost')");
    await stand.flushed(page);
    await page.close();
    await way.mend();
    const second = await stand.context.newPage();
    await second.goto(page.url());
    await ready(second);
    await second.evaluate("pendo.track('Kept')");
    await stand.flushed(second);
    expect(await trackNames(1)).toEqual(['Kept']);
  });

  test('an agent whose repeats had ids of their own would make two events of one', async () => {
    await stand.context.addInitScript(`
      delete window.CompressionStream;
      const { fetch } = window;
      let count = 0;
      window.fetch = (url, more) => fetch(url, {...more, body: String(more.body).replaceAll('bw-', 'other-' + (count += 1))});
    `);
    await loseOnce('Once');
    expect(await trackNames(2)).toEqual(['Once', 'Once']);
  });
});

/** Tracks, and the answer to it is lost; resolves when it was sent again. */
async function loseOnce(name: string): Promise<void> {
  const page = await stand.open('', options());
  way.loseAnswers(1);
  await page.evaluate(`pendo.track('${name}')`);
  await eventually(async () => (stand.items.filter(({ type }) => type === 'track').length > 1 ? true : null));
}

test('an answer that is lost leads to a repeat, and to no second event', async () => {
  await loseOnce('Once');
  await stand.eventsOf('trackEventReceived', 1);
  const ready = '!Object.keys(localStorage).some((key) => /\\.q/.test(key))';
  await stand.context.pages()[0]?.waitForFunction(ready);
  expect(await trackNames(1)).toEqual(['Once']);
});

describe('a page that goes away as something happens has told it', () => {
  test.each([
    ['with fetch', ''],
    ['with a beacon, where fetch does not outlive the page', 'delete Request.prototype.keepalive'],
  ])('%s', async (_, script) => {
    await stand.context.addInitScript(script);
    const page = await stand.open('<a href="about:blank">away</a>', options());
    await page.evaluate("document.querySelector('a').onclick = () => pendo.track('Last')");
    await page.click('a');
    await page.waitForURL('about:blank');
    expect(await trackNames(1)).toEqual(['Last']);
    expect(await stand.eventsOf('featureClicked', 1)).toHaveLength(1);
  });

  test('also when it was only hidden, and then it waits no more', async () => {
    const page = await stand.open('', options());
    await page.evaluate(`
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      pendo.track('Hidden');
      document.dispatchEvent(new Event('visibilitychange'))`);
    expect(await trackNames(1)).toEqual(['Hidden']);
    await page.waitForFunction('!Object.keys(localStorage).some((key) => /\\.q/.test(key))');
  });
});

test('what was sent by a page that has gone is sent again by the next, but not when the server would not know it', async () => {
  const page = await stand.open('', options());
  await stand.flushed(page);
  await page.evaluate(`
    const item = (name) => JSON.stringify({type: 'track', messageId: name, visitorId: 'ada', timestamp: Date.now(), properties: {name}});
    const key = Object.keys(localStorage)[0].split('.').slice(0, 2).join('.');
    localStorage.setItem(key + '.q1', (Date.now() - 24 * 3600000) + item('Yesterday'));
    localStorage.setItem(key + '.q2', (Date.now() - 60000) + item('AMinuteAgo'));
    localStorage.setItem(key + '.q3', (Date.now() - 1000) + item('JustNow'));
    localStorage.setItem(key + '.q4', 'broken');
  `);
  await stand.flushed(page);
  expect(await trackNames(1)).toEqual(['AMinuteAgo']);
  expect(
    await page.evaluate('Object.keys(localStorage).filter((key) => /\\.q/.test(key)).map((key) => key.slice(-2))'),
  ).toEqual(['q3']);
});

test('tabs share what waits, and one of them sends it', async () => {
  const first = await stand.open('', options());
  const second = await stand.context.newPage();
  await second.goto(first.url());
  await ready(second);
  await stand.flushed(first);
  await stand.flushed(second);
  await way.cut();
  const count = 20;
  for (let n = 0; n < count; n += 1) {
    await first.evaluate(`pendo.track('first-${n}')`);
    await second.evaluate(`pendo.track('second-${n}')`);
  }
  const waiting = 'Object.keys(localStorage).filter((key) => /\\.q/.test(key)).length';
  await eventually(async () => ((await first.evaluate<number>(waiting)) === 2 * count ? true : null));
  await way.mend();
  const before = stand.items.length;
  await Promise.all([first.evaluate('pendo.flushNow()'), second.evaluate('pendo.flushNow()')]);
  await eventually(async () => ((await second.evaluate<number>(waiting)) === 0 ? true : null));
  expect(await trackNames(2 * count)).toHaveLength(2 * count);
  expect(stand.items.length - before).toBe(2 * count);
});

test('large bodies are packed', async () => {
  const page = await stand.open('', options());
  await stand.flushed(page);
  const sent = page.waitForRequest((request) => request.url().includes('/data/agent/'));
  await page.evaluate("for (let n = 0; n < 50; n += 1) pendo.track('T' + n, {text: 'a long text '.repeat(20)})");
  const body = (await sent).postDataBuffer();
  expect([body?.[0], body?.[1]]).toEqual([0x1f, 0x8b]);
  expect(body?.length).toBeLessThan(5000);
  expect(await trackNames(50)).toHaveLength(50);
});

describe('storage', () => {
  test('that is full', async () => {
    const page = await stand.open('', options());
    await page.evaluate(`
      let chunk = 'x'.repeat(1000000);
      while (chunk.length > 0) { try { localStorage.setItem('page' + localStorage.length, chunk) } catch { chunk = chunk.slice(chunk.length / 2 + 1) } }
      pendo.track('Kept')`);
    await stand.flushed(page);
    expect(await trackNames(1)).toEqual(['Kept']);
    expect(stand.errors).toEqual([]);
  });

  test('that is forbidden', async () => {
    await stand.context.addInitScript(
      "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})",
    );
    const page = await stand.open('', options());
    await page.evaluate("pendo.track('Kept')");
    await stand.flushed(page);
    expect(await trackNames(1)).toEqual(['Kept']);
    expect(await page.evaluate('pendo.validateInstall()')).toEqual([
      expect.stringContaining('localStorage cannot be used'),
    ]);
  });

  test('is never filled by what waits: the oldest goes', async () => {
    await stand.context.setOffline(false);
    const page = await stand.open('', options());
    await stand.flushed(page);
    await stand.context.setOffline(true);
    await page.evaluate(`(async () => {
      for (let n = 0; n < 60; n += 1) {
        pendo.track('T' + n, {text: 'x'.repeat(20000)});
        await new Promise((done) => setTimeout(done, 1));
      }
      await pendo.flushNow();
    })()`);
    const kept = await page.evaluate<string[]>(
      'Object.keys(localStorage).filter((key) => /\\.q/.test(key)).sort().map((key) => localStorage.getItem(key))',
    );
    expect(kept.join('').length).toBeLessThanOrEqual(500_000);
    expect(kept.length).toBeGreaterThan(15);
    expect(JSON.parse(kept.at(-1) ?? '{}').properties.name).toBe('T59');
    await stand.context.setOffline(false);
  });
});

/** Answers the agent as told, and counts. */
async function answering(answer: (route: Route, index: number) => Promise<void>) {
  const asked = { count: 0 };
  await stand.context.route('**/data/agent/**', async (route) => {
    asked.count += 1;
    await answer(route, asked.count - 1);
  });
  await stand.context.clock.install();
  const page = await stand.open('', options());
  await pass(page, 5);
  return { page, asked };
}
const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' };
const waiting = 'Object.keys(localStorage).filter((key) => /\\.q/.test(key)).length';

describe('a server that', () => {
  test('does not know the key is asked once, and nothing is lost', async () => {
    const { page, asked } = await answering((route) => route.fulfill({ status: 401, headers: cors }));
    await page.evaluate("pendo.track('Kept')");
    await pass(page, 120);
    expect(asked.count).toBe(1);
    expect(await page.evaluate<number>(waiting)).toBeGreaterThan(0);
  });

  test('asks for patience gets it', async () => {
    const { page, asked } = await answering((route, index) =>
      index === 0 ? route.fulfill({ status: 503, headers: { ...cors, 'retry-after': '40' } }) : route.continue(),
    );
    await page.evaluate("pendo.track('Patient')");
    await pass(page, 30);
    expect(asked.count).toBe(1);
    await pass(page, 40);
    expect(await trackNames(1)).toEqual(['Patient']);
  });

  test('finds it too large gets it in parts, and what it will never take is dropped', async () => {
    const { page, asked } = await answering((route) => {
      const body = route.request().postData() ?? '';
      if (body.includes('Poison')) return route.fulfill({ status: 400, headers: cors });
      return body.split('messageId').length > 3 ? route.fulfill({ status: 413, headers: cors }) : route.continue();
    });
    await page.evaluate("for (let n = 0; n < 6; n += 1) pendo.track('T' + n)");
    await pass(page, 20);
    expect(await trackNames(6)).toHaveLength(6);
    await page.evaluate("pendo.track('Poison')");
    await pass(page, 20);
    expect(await page.evaluate<number>(waiting)).toBe(0);
    expect(asked.count).toBeLessThan(20);
  });

  test('is hidden by a blocker is asked a dozen times, and again when somebody comes back', async () => {
    const { page, asked } = await answering((route) => route.abort('blockedbyclient'));
    await passUntil(page, () => asked.count >= 12);
    await page.evaluate("pendo.track('Still')");
    await pass(page, 900);
    expect(asked.count).toBe(12);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await passUntil(page, () => asked.count >= 13);
    await pass(page, 300);
    expect(asked.count).toBe(13);
    // The browser itself tells of each in the console; the agent adds nothing.
    expect(stand.errors.filter((error) => !error.includes('ERR_BLOCKED_BY_CLIENT'))).toEqual([]);
  });
});

test('a path of the site’s own, by a proxy, is enough', async () => {
  const page = await stand.context.newPage();
  const site = await stand.site({
    '/': `<!doctype html><body>${snippetOf({ url: '/t/x' }, "{visitor: {id: 'ada'}}")}</body>`,
  });
  // What a proxy in front of the site does.
  await stand.context.route(`${site.url}/t/x/**`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(`${site.url}/t/x`, stand.bellwire.url) });
    await route.fulfill({ response });
  });
  await page.goto(site.url);
  await ready(page);
  await page.evaluate("pendo.track('FirstParty')");
  await stand.flushed(page);
  expect(await trackNames(1)).toEqual(['FirstParty']);
});
