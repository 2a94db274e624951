/**
 * What a Member meets: on no page does anything that they open or press come back refused. What is not for them says so, and is
 * not asked for behind their back.
 */
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminPage, adminPages } from '../support/admin-pages.ts';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;
let page: Page;
const ids = { event: '', unsent: '', delivery: '', webhook: '' };
/** What was asked for and refused, and what has no answer yet. */
const refused: string[] = [];
const open = new Set<Request>();

beforeAll(async () => {
  browser = await startChromium();
  stand = await openAdminStand(browser);
  receiver = await startReceiver(404);
  await stand.send({ type: 'track', event: 'Before any webhook', userId: 'grace' });
  ids.unsent = (await eventually(() => newest('/events')))['id'] as string;
  ids.webhook = (await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url })).id;
  await stand.bellwire.api('POST', '/exclusions', { kind: 'visitor', pattern: 'colleague-*' });
  await stand.bellwire.api('POST', '/features', { name: 'Export', rule: '.export' });
  await stand.send(
    { type: 'identify', userId: 'grace', traits: { plan: 'pro' } },
    { type: 'group', userId: 'grace', groupId: 'navy' },
    { type: 'track', event: 'Plan Upgraded', userId: 'grace' },
    { type: 'track', event: 'By nobody' },
  );
  const failed = await eventually(() => newest('/deliveries?state=failed&eventType=trackEventReceived'));
  ids.delivery = failed['id'] as string;
  ids.event = failed['eventId'] as string;
  page = await stand.open('/', 'member');
  page.on('request', (request) => void open.add(request));
  page.on('requestfinished', (request) => void open.delete(request));
  page.on('requestfailed', (request) => void open.delete(request));
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`);
  });
});
afterAll(async () => {
  await receiver.close();
  await stand.close();
  await browser.close();
});

const pages: readonly AdminPage[] = [...adminPages, ['an event that went nowhere', () => `/events/${ids.unsent}`]];

test.each(pages)('on the page of %s a Member is refused nothing', async (_name, path) => {
  await page.goto(path(ids));
  await settled();
  const buttons = page.getByRole('main').getByRole('button').and(page.locator(':enabled'));
  for (const button of await buttons.elementHandles()) {
    // What has left the page by another button is not there to be pressed.
    if (!(await button.isVisible())) continue;
    try {
      await button.click({ timeout: 2_000 });
    } catch (error) {
      // It was about to leave, with a part of the page that another one has folded.
      if (await button.isVisible()) throw error;
    }
    await page.keyboard.press('Escape');
    await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0);
  }
  expect(refused.splice(0)).toEqual([]);
  expect(await page.getByRole('link', { name: /^Add (?:a |your first )?webhook$/i }).count()).toBe(0);
});

test('and what is refused would be noticed', async () => {
  await page.evaluate(`fetch('/api/v1/webhooks').then((answer) => answer.text())`);
  await expect.poll(() => refused.splice(0)).toEqual([expect.stringContaining('GET')]);
});

async function settled(): Promise<void> {
  await page
    .getByRole('heading')
    .or(page.getByText(/ (?:is|are) for Admins$/))
    .first()
    .waitFor();
  await page.getByLabel('Loading').first().waitFor({ state: 'hidden' });
  await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0);
}

async function newest(path: string): Promise<Record<string, unknown> | null> {
  return (await stand.bellwire.api<{ items: Record<string, unknown>[] }>('GET', path)).items[0] ?? null;
}
