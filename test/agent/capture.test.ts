/** What the agent sees by itself: page loads and clicks, and what it must not see. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AgentStand, openAgentStand, type SentItem } from '../support/agent-stand.ts';
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

async function pagesOf(page: Page): Promise<SentItem[]> {
  return (await stand.flushed(page)).filter(({ type }) => type === 'pageLoad');
}

async function clicksOf(page: Page): Promise<SentItem[]> {
  return (await stand.flushed(page)).filter(({ type }) => type === 'click');
}

describe('page loads', () => {
  const routes = `
    history.pushState({}, '', '/cart'); await later(); document.title = 'Cart'; await later();
    history.replaceState({}, '', '/cart?step=2'); await later();
    history.pushState({}, '', '/cart?step=2'); await later();
    location.hash = '#top'; await later();
    history.back(); await later(); history.back(); await later(); history.back(); await later();`;
  const run = `(async () => { const later = () => new Promise((done) => setTimeout(done, 60)); ${routes} })()`;

  test.each([
    ['by the Navigation API', ''],
    ['by history, where there is none', 'delete window.navigation; delete Window.prototype.navigation'],
  ])('of a single-page app, %s', async (_, script) => {
    await stand.context.addInitScript(script);
    const page = await stand.open();
    const { origin } = new URL(page.url());
    expect(await page.evaluate('"navigation" in window')).toBe(script === '');
    await page.evaluate(run);
    const pages = await pagesOf(page);
    expect(pages.map(({ url }) => url.replace(origin, ''))).toEqual(['/', '/cart', '/cart?step=2', '/']);
    expect(pages.map(({ properties }) => String(properties['referrer']).replace(origin, ''))).toEqual([
      '',
      '/',
      '/cart',
      '/cart?step=2',
    ]);
  });

  test('hashes are routes when told so', async () => {
    const page = await stand.open('', "{visitor: {id: 'ada'}, hashRoutes: true}");
    await page.evaluate("location.hash = '#/cart'");
    await page.waitForFunction("location.hash === '#/cart'");
    expect((await pagesOf(page)).map(({ url }) => new URL(url).hash)).toEqual(['', '#/cart']);
  });

  test('have the title that comes after the address, and the page they came from', async () => {
    const page = await stand.open('<script>document.title = "Changed"</script><a href="/?second">on</a>');
    await page.click('a');
    await page.waitForFunction('window.pendo && pendo.isReady && pendo.isReady() && location.search');
    await stand.flushed(page);
    const [first, second] = await stand.eventsOf('pageLoaded', 2);
    const { origin } = new URL(page.url());
    expect(first?.properties).toMatchObject({ title: 'Changed', url: `${origin}/` });
    expect(second?.properties).toMatchObject({
      title: 'Changed',
      url: `${origin}/?second`,
      pageProperties: { referrer: `${origin}/` },
    });
  });

  test('can be left to the page', async () => {
    const options = "{visitor: {id: 'ada'}, capturePages: false, captureClicks: false}";
    const page = await stand.open('<button>B</button>', options);
    await page.evaluate("history.pushState({}, '', '/x')");
    await page.click('button');
    expect(await pagesOf(page)).toEqual([]);
    expect(await clicksOf(page)).toEqual([]);
  });
});

describe('clicks', () => {
  test('tell the element and those around it', async () => {
    const page = await stand.open(`<main id="shop"><ul class="goods new"><li><button class="buy" data-sku="7" name="b"
      aria-label="Buy the lamp"> Buy\n <b>now</b></button></li></ul></main>`);
    await page.click('b');
    const [click] = await clicksOf(page);
    expect(click).toMatchObject({ visitorId: 'ada', accountId: 'acme', url: page.url() });
    expect(click?.properties['elements']).toEqual([
      { tag: 'b', index: 0, text: 'Buy now' },
      {
        tag: 'button',
        classes: ['buy'],
        index: 0,
        attributes: { 'data-sku': '7', name: 'b', 'aria-label': 'Buy the lamp' },
      },
      { tag: 'li', index: 0 },
      { tag: 'ul', classes: ['goods', 'new'], index: 0 },
      { tag: 'main', id: 'shop', index: expect.any(Number) },
      { tag: 'body', index: 1 },
      { tag: 'html', index: 0 },
    ]);
    const [event] = await stand.eventsOf('featureClicked', 1);
    const feature = { featureId: expect.stringMatching(/^ft_/), name: 'Any click', url: page.url() };
    expect(event?.properties).toEqual({ ...click?.properties, ...feature });
  });

  test('never tell what somebody has typed, nor what looks like theirs', async () => {
    const secret = 'hunter2secret';
    const page = await stand.open(`
      <input id="i" value="${secret}"><textarea id="t">${secret}</textarea><div id="c" contenteditable>${secret}</div>
      <select id="s"><option value="${secret}">${secret}</option></select><input id="b" type="submit" value="${secret}">
      <button id="m">mail ada@hunter2secret.example</button><button id="p">call 030 2525 ${secret} 5552525</button>
      <button id="n" data-bellwire-no-text>${secret}</button><a id="a" href="#x?token=${secret}">link</a>
      <p id="x">${secret}</p><label id="l">${secret}<input></label><button id="u" title="ada@hunter2secret.example">u</button>`);
    for (const id of ['i', 't', 'c', 's', 'b', 'm', 'n', 'a', 'x', 'l', 'u']) await page.click(`#${id}`);
    const clicks = await clicksOf(page);
    expect(clicks.length).toBeGreaterThanOrEqual(11);
    expect(JSON.stringify(clicks)).not.toContain('hunter2secret');
    expect(JSON.stringify(clicks)).toContain('"text":"link"');
  });

  test('what a page itself puts where it is told is found by that search', async () => {
    const page = await stand.open('<button data-note="hunter2secret">hunter2secret</button>');
    await page.click('button');
    const [click] = await clicksOf(page);
    expect(JSON.stringify(click).split('hunter2secret')).toHaveLength(3);
  });

  test('no words at all, when told so', async () => {
    const page = await stand.open(
      '<button title="Secret" aria-label="Secret">Secret</button>',
      "{visitor: {id: 'ada'}, excludeAllText: true}",
    );
    await page.evaluate("document.title = 'Secret'");
    await page.click('button');
    expect(await clicksOf(page)).toHaveLength(1);
    expect(JSON.stringify(stand.items)).not.toContain('Secret');
    expect(stand.items.map(({ title }) => title)).toEqual(stand.items.map(() => ''));
  });

  test.each(['data-bellwire-ignore', 'class="pendo-ignore"'])('nothing inside %s is told', async (mark) => {
    const page = await stand.open(
      `<div ${mark}><button id="a">A</button><x-shadow></x-shadow></div><button id="b">B</button>`,
    );
    await page.evaluate(
      "document.querySelector('x-shadow').attachShadow({mode: 'open'}).innerHTML = '<button id=c>C</button>'",
    );
    await page.click('#a');
    await page.click('#c');
    await page.click('#b');
    const clicks = await clicksOf(page);
    expect(clicks.map(({ properties }) => (properties['elements'] as { id: string }[])[0]?.id)).toEqual(['b']);
  });

  test('in a shadow root tell what is in it', async () => {
    const page = await stand.open('<x-shop id="host"></x-shop>');
    await page.evaluate(
      "document.querySelector('x-shop').attachShadow({mode: 'open'}).innerHTML = '<p><button id=in>In</button></p>'",
    );
    await page.click('#in');
    const [click] = await clicksOf(page);
    const tags = (click?.properties['elements'] as { tag: string }[] | undefined)?.map(({ tag }) => tag);
    expect(tags).toEqual(['button', 'p', 'x-shop', 'body', 'html']);
  });

  test('stopped by the page are seen all the same', async () => {
    const page = await stand.open('<button>B</button>');
    await page.evaluate(
      "document.querySelector('button').onclick = (e) => { e.stopImmediatePropagation(); e.target.remove() }",
    );
    await page.click('button');
    expect(await clicksOf(page)).toHaveLength(1);
  });

  test('that nothing came of are dead, and only those', async () => {
    const page = await stand.open(`
      <button id="dead">1</button><button id="text">2</button><p id="out"></p><a id="link" href="#there">3</a>
      <button id="scroll">4</button><p id="plain">5</p><div id="tall"></div>`);
    await page.evaluate(`
      const by = (id) => document.getElementById(id);
      by('text').onclick = () => { setTimeout(() => { by('out').textContent = 'done' }, 300) };
      by('tall').setAttribute('style', 'height: 3000px');
      by('scroll').onclick = () => scrollTo(0, 500);`);
    const wait = () => page.waitForTimeout(1100);
    for (const id of ['dead', 'text', 'link', 'plain', 'scroll']) {
      await page.click(`#${id}`);
      await wait();
    }
    const clicks = await clicksOf(page);
    const dead = clicks.map(({ properties }) => [
      (properties['elements'] as { id: string }[])[0]?.id,
      properties['dead'],
    ]);
    expect(dead).toEqual([
      ['dead', true],
      ['text', undefined],
      ['link', undefined],
      ['plain', undefined],
      ['scroll', undefined],
    ]);
  });

  test('in a rage are told from the third on', async () => {
    const page = await stand.open('<button id="a">A</button>');
    const clickAt =
      'for (let n = 0; n < 4; n += 1) document.getElementById("a").dispatchEvent(new MouseEvent("click", {bubbles: true, clientX: 10, clientY: 10 + n}))';
    await page.evaluate(clickAt);
    const rage = (await clicksOf(page)).map(({ properties }) => properties['rage']);
    expect(rage).toEqual([undefined, undefined, true, true]);
  });

  test('before initialize count, and belong to whoever it turns out to be', async () => {
    const page = await stand.context.newPage();
    const { url } = stand.bellwire;
    const site = await stand.site({
      '/': `<!doctype html><body><button>Early</button><script src="${url}/agent/static/5a1d3c9e-0000-4000-8000-000000000001/bellwire.js"></script></body>`,
    });
    await page.goto(site.url);
    await page.click('button');
    await page.waitForTimeout(1200);
    const before = stand.items.length;
    expect(await page.evaluate('bellwire.isReady()')).toBe(false);
    await page.evaluate("window.pendo = bellwire; bellwire.initialize({visitor: {id: 'grace'}})");
    await stand.flushed(page);
    const told = stand.items.slice(before);
    expect(told.map(({ type, visitorId }) => [type, visitorId])).toEqual(
      expect.arrayContaining([
        ['pageLoad', 'grace'],
        ['click', 'grace'],
      ]),
    );
  });
});
