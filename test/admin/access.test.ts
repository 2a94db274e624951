/** For everybody: no obstacle that axe knows, at phone width, by keyboard alone, and no more to load than is needed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminPage, adminPages } from '../support/admin-pages.ts';
import { type AdminStand, adminEmail, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { goodPassword } from '../support/people.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;
const ids = { event: '', delivery: '', webhook: '', longWebhook: '' };
/** One word, as long as ids and names may be: it can break nowhere. */
const long = 'm'.repeat(200);

beforeAll(async () => {
  browser = await startChromium();
  stand = await openAdminStand(browser);
  receiver = await startReceiver(404);
  ids.webhook = (await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url })).id;
  const receives = await stand.bellwire.addWebhook({ name: long.slice(0, 120), url: `${receiver.url}/${long}` });
  ids.longWebhook = receives.id;
  await stand.bellwire.api('POST', '/apps', { name: long.slice(0, 100) });
  await stand.bellwire.api('POST', '/integration-keys', { name: long.slice(0, 100), scopes: ['read'] });
  await stand.bellwire.api('POST', '/users', { email: 'long@example.com', name: long.slice(0, 100), role: 'admin' });
  await stand.bellwire.api('POST', '/exclusions', { kind: 'visitor', pattern: `${'long-'.repeat(40)}*` });
  await stand.send(
    { type: 'identify', userId: 'grace', traits: { plan: 'pro', groupId: 'navy' } },
    { type: 'track', event: 'Plan Upgraded', userId: 'grace', properties: { seats: 3 } },
    { type: 'track', event: 'By nobody' },
    { type: 'track', event: `A name of many words ${'and more '.repeat(20)}`, userId: 'y'.repeat(200) },
    { type: 'identify', userId: long, traits: { [long.slice(0, 128)]: long, text: long } },
    { type: 'group', userId: long, groupId: long, traits: { [long.slice(0, 128)]: long } },
    { type: 'track', event: long, userId: long, properties: { [long.slice(0, 128)]: long } },
  );
  await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { id: string; eventId: string }[] }>('GET', '/deliveries');
    ids.delivery = items[0]?.id ?? '';
    ids.event = items[0]?.eventId ?? '';
    return items.length >= 16 ? items : null;
  });
});
afterAll(async () => {
  await receiver.close();
  await stand.close();
  await browser.close();
});

const pages: readonly AdminPage[] = [
  ...adminPages,
  ['a visitor with long names', () => `/visitors/${long}`],
  ['visitors of an account with long names', () => `/visitors?accountId=${long}`],
  ['an account with long names', () => `/accounts/${long}`],
  ['a webhook with long names', () => `/settings/integrations/webhooks/${ids.longWebhook}`],
  ['a webhook with long names that is edited', () => `/settings/integrations/webhooks/${ids.longWebhook}/edit`],
];

describe.each(['light', 'dark'] as const)('axe finds nothing, %s', (colorScheme) => {
  let page: Page;
  beforeAll(async () => {
    page = await stand.open('/', 'admin', { colorScheme });
  });

  test.each(pages)('%s', async (_name, path) => {
    await page.goto(path(ids));
    await settled(page);
    expect(await found(page)).toEqual([]);
  });
});

test('axe finds nothing where nobody is signed in, and would find something', async () => {
  const page = await stand.open('/', 'nobody');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await found(page)).toEqual([]);
  await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')`);
  expect(await found(page)).toEqual([expect.stringContaining('button-name')]);
});

describe('at phone width', () => {
  let page: Page;
  beforeAll(async () => {
    page = await stand.open('/', 'admin', { viewport: { width: 390, height: 844 } });
  });

  test.each(pages)('%s does not scroll sideways', async (_name, path) => {
    await page.goto(path(ids));
    await settled(page);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });

  test('a question, a note and what was found stay on the screen, whatever the name in them', async () => {
    await page.goto(`/settings/integrations/webhooks/${ids.longWebhook}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const deleting = page.getByRole('button', { name: /^Delete webhook m+$/ });
    await deleting.waitFor();
    await expect.poll(() => isWithin(deleting, 390)).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await deleting.waitFor({ state: 'hidden' });
    await page.getByRole('switch', { name: /is on$/ }).click({ force: true });
    const note = page.getByText(/m is turned off\./);
    await note.waitFor();
    await expect.poll(() => isWithin(note, 390)).toBe(true);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('combobox', { name: 'What to find' }).fill('mmm');
    const find = page.getByRole('option', { name: 'Visitor' }).first();
    await find.waitFor();
    await expect.poll(() => isWithin(find.getByText('Visitor', { exact: true }), 390)).toBe(true);
    await page.getByRole('option', { name: 'Webhook' }).first().waitFor();
  });

  test('the menu leads on', async () => {
    await page.goto('/');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/events');
  });
});

describe('at the width of a desk', () => {
  let page: Page;
  beforeAll(async () => {
    page = await stand.open('/', 'admin', { viewport: { width: 1440, height: 900 } });
  });

  test.each(pages)('%s shows all that is on it, without scrolling sideways', async (_name, path) => {
    await page.goto(path(ids));
    await settled(page);
    const wide = await page.evaluate(`[...document.querySelectorAll('html, main, main *')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1)
      .filter((one) => one === document.documentElement || /auto|scroll/.test(getComputedStyle(one).overflowX))
      // Code is as wide as it is.
      .filter((one) => !one.matches('pre'))
      .map((one) => one.outerHTML.slice(0, 120))`);
    expect(wide).toEqual([]);
  });
});

test('by keyboard alone: sign in, find a page, turn a webhook off', async () => {
  const page = await stand.open('/', 'nobody');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await tabTo(page, 'E-mail address');
  await page.keyboard.type(adminEmail);
  await tabTo(page, 'Password');
  await page.keyboard.type(goodPassword);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'What to find' }).waitFor();
  await page.keyboard.type('webhooks');
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: 'Webhooks' }).waitFor();
  await tabTo(page, 'CRM is on');
  await page.keyboard.press('Space');
  await page.getByRole('switch', { name: 'CRM is off' }).waitFor();
  // The pencil is reached, and seen, without a pointer.
  await tabTo(page, 'Edit CRM');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Edit CRM' }).waitFor();
  expect(await stand.bellwire.api('GET', `/webhooks/${ids.webhook}`)).toMatchObject({ enabled: false });
});

test('the first page is under 350 KB of JavaScript and CSS, gzipped, and asks nobody else for anything', async () => {
  const page = await stand.open('/', 'nobody');
  const others: string[] = [];
  let bytes = 0;
  page.on('request', (request) => {
    if (!request.url().startsWith(stand.bellwire.url)) others.push(request.url());
  });
  page.on('response', (response) => {
    if (/\.(?:js|css)$/.test(response.url())) bytes += Number(response.headers()['content-length']);
    expect(response.headers()['content-encoding'] ?? 'gzip').toBe('gzip');
  });
  await page.reload();
  await page.getByLabel('E-mail address').fill(adminEmail);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await settled(page);
  expect(others).toEqual([]);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(350 * 1024);
});

test('no page has said anything in its console', () => {
  expect(stand.problems).toEqual([]);
});

/** What axe reports, with where. */
async function found(page: Page): Promise<string[]> {
  // The pages' own policy keeps inline scripts out, so it comes the way that the browser's tools have.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}

/** Once there is a heading and nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await expect.poll(() => page.getByLabel('Loading').count()).toBe(0);
}

/** Whether all of it is on a screen of this width. */
async function isWithin(one: Locator, width: number): Promise<boolean> {
  const box = await one.boundingBox();
  return box !== null && box.x >= 0 && box.x + box.width <= width;
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate<string>(focusedName);
    if (label.includes(name)) return;
  }
  throw new Error(`No press of Tab leads to ${name}.`);
}

/** In the page: what the element with the focus is called. */
const focusedName = `(() => {
  const { activeElement } = document;
  const labels = [...(activeElement?.labels ?? [])].map(({ textContent }) => textContent);
  return activeElement?.getAttribute('aria-label') ?? labels.join(' ');
})()`;
