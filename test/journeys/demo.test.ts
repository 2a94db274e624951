/** The demo shop: what a newcomer clicks there comes to a webhook, and what the agent costs the page for it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventTypes } from '../../src/core/event.ts';
import { type AgentStand, openAgentStand } from '../support/agent-stand.ts';
import { eventually, testKeys } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { scriptTimes } from '../support/script-times.ts';

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
});
afterEach(async () => {
  await stand.close();
  await receiver.close();
  stand.throwErrors();
});

/** Not by waitForFunction, which evaluates a text in the page: its policy does not allow that. */
async function until(page: Page, isSo: string): Promise<void> {
  await eventually(async () => ((await page.evaluate(isSo)) === true ? true : null));
}

async function openDemo(): Promise<Page> {
  const page = await stand.context.newPage();
  await page.goto(`${stand.bellwire.url}/demo`);
  await until(page, 'bellwire.isReady()');
  return page;
}

test('each kind of event can be clicked, reaches a webhook, and is shown there', async () => {
  await stand.bellwire.addWebhook({ url: receiver.url, events: 'all', name: 'My receiver' });
  const page = await openDemo();
  await page.selectOption('#who', 'ada');
  await page.click('[data-buy=Aurora]');
  await page.click('[data-kind=feature]');
  await page.click('[data-kind=guide]');
  await page.click('#guide button');
  await page.click('[data-kind=nps]');
  await page.click('#scale button:nth-child(10)');
  await page.fill('#reason', 'Light');
  await page.click('#nps [value=send]');
  await page.click('[data-kind=poll]');
  await page.click('#poll [value=send]');
  await page.click('nav a:last-child');
  await page.click('#checkout');

  const received = new Map<string, Record<string, unknown>>();
  const features = new Set<string>();
  while (eventTypes.some((type) => !received.has(type)) || !features.has('Any click')) {
    const event = JSON.parse((await receiver.next()).body.toString());
    received.set(event.event, event);
    if (event.event === 'featureClicked') features.add(event.properties.name);
  }
  expect(received.get('npsSubmitted')?.['properties']).toMatchObject({ nps: { rating: 9, reason: 'Light' } });
  expect(received.get('accountCreated')?.['accountId']).toBe('analytical-engines');

  await page.fill('#key', testKeys.integrationKey);
  await page.click('#watch button');
  await until(page, "document.querySelectorAll('#sent .good').length > 8");
  expect(await page.textContent('#sent')).toContain('My receiver');
  await until(page, "![...document.querySelectorAll('#told .state')].some((state) => state.textContent === 'waiting')");
});

test('a button that does nothing is told as dead', async () => {
  const page = await openDemo();
  // What came of the page load must not pass for what came of the click.
  await until(
    page,
    "document.querySelector('#told .good') !== null && !document.querySelector('#told .state:not(.good)')",
  );
  await page.click('[data-kind=nothing]');
  const told = "document.querySelector('#told li span').textContent";
  await until(page, `${told}.includes('does nothing')`);
  expect(await page.evaluate(told)).toContain(', dead');
});

test('a wrong key to watch with is told', async () => {
  const page = await openDemo();
  await page.fill('#key', 'bwi_wrong');
  await page.click('#watch button');
  await until(page, "document.querySelector('#sent-hint').textContent === 'This is no integration key.'");
  expect(stand.errors.splice(0)).toEqual([expect.stringContaining('401')]);
});

test('it fits a phone, and is only for this machine', async () => {
  const page = await openDemo();
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  for (const path of ['/demo', '/demo/shop.js', '/demo/shop.css']) {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    expect((await fetch(stand.bellwire.url + path, { headers })).status).toBe(404);
    expect((await fetch(stand.bellwire.url + path)).status).toBe(200);
  }
});

test('a click costs less than a millisecond of script: the median of fifty', async () => {
  const page = await openDemo();
  const buttons = ['[data-buy=Aurora]', '[data-kind=upgrade]', '[data-kind=nothing]', 'nav a', '#lamps'];
  const times = await scriptTimes(page, '/bellwire.js', 50, (index) => page.click(buttons[index % 5] ?? ''));
  expect(times).toHaveLength(50);
  // The agent was seen at work.
  expect(Math.min(...times)).toBeGreaterThan(0);
  const median = times.toSorted((a, b) => a - b)[25] ?? Infinity;
  process.stdout.write(
    `The agent's script time for a click: median ${median.toFixed(3)} ms, most ${Math.max(...times).toFixed(3)} ms.\n`,
  );
  expect(median).toBeLessThan(1);
});

test('and a script that costs more is found out', async () => {
  await stand.context.route('**/bellwire.js*', async (route) => {
    const response = await route.fetch();
    const slow =
      "addEventListener('click', () => { const end = performance.now() + 3; while (performance.now() < end); })";
    await route.fulfill({ response, body: `${await response.text()};${slow}` });
  });
  const page = await openDemo();
  const times = await scriptTimes(page, '/bellwire.js', 5, () => page.click('#lamps'));
  expect(times.toSorted((a, b) => a - b)[2]).toBeGreaterThan(1);
});
