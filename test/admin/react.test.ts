/**
 * What React itself has to say of the pages: two children with the same key, an element where HTML allows none, a field that
 * changes its owner. It says so in its development build alone, so that build takes the place of the one that is served.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAdmin } from '../../scripts/admin.mjs';
import { type AdminPage, adminPages } from '../support/admin-pages.ts';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'bellwire-development-'));

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;
let page: Page;
/** Beyond what the stand counts as a problem: warnings too. */
const said: string[] = [];
const ids = { event: '', delivery: '', webhook: '' };

beforeAll(async () => {
  await bundleAdmin(folder, 'development');
  browser = await startChromium();
  stand = await openAdminStand(browser);
  receiver = await startReceiver([503, 200]);
  ids.webhook = (await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url, headers: { 'X-Key': 'k' } })).id;
  await stand.bellwire.api('POST', '/webhooks', { name: 'Segment', type: 'segment', writeKey: 'wk_0123456789' });
  await stand.bellwire.api('POST', '/apps', { name: 'Second' });
  await stand.bellwire.api('POST', '/exclusions', { kind: 'visitor', pattern: 'somebody-*' });
  await stand.bellwire.api('POST', '/integration-keys', { name: 'Reader', scopes: ['read'] });
  await stand.send(
    { type: 'identify', userId: 'grace', traits: { plan: 'pro', tags: ['a', 'a'] } },
    { type: 'group', userId: 'grace', groupId: 'navy', traits: { size: 3 } },
    { type: 'track', event: 'Plan Upgraded', userId: 'grace', properties: { list: [1, 1, [], {}], deep: { a: null } } },
    { type: 'track', event: 'By nobody' },
  );
  await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { id: string; eventId: string; attemptCount: number }[] }>(
      'GET',
      '/deliveries?eventType=trackEventReceived',
    );
    const tried = items.find(({ attemptCount }) => attemptCount > 0);
    if (tried === undefined) return null;
    ids.delivery = tried.id;
    ids.event = tried.eventId;
    return tried;
  });
  page = await stand.open('/');
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) {
      said.push(`${new URL(page.url()).pathname}: ${message.text()}`);
    }
  });
  await developed(page);
}, 60_000);
afterAll(async () => {
  await receiver.close();
  await stand.close();
  await browser.close();
  rmSync(folder, { recursive: true });
});

const pages: readonly AdminPage[] = [
  ...adminPages,
  ['nowhere', () => '/settings/nowhere'],
  ['an event that is not there', () => `/events/${'0'.repeat(40)}`],
];

test.each(pages)('React finds nothing wrong with the page of %s, nor with what opens on it', async (_name, path) => {
  await page.goto(path(ids));
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.getByLabel('Loading').first().waitFor({ state: 'hidden' });
  await openAll(page);
  expect(said.splice(0)).toEqual([]);
});

test('and what is wrong would be heard: here two rows of the same webhook', async () => {
  await page.route('**/api/v1/webhooks', async (route) => {
    const response = await route.fetch();
    const { items } = (await response.json()) as { items: object[] };
    await route.fulfill({ response, json: { items: [...items, ...items] } });
  });
  await page.goto('/settings/integrations/webhooks');
  await expect.poll(() => said.join('\n'), { timeout: 10_000 }).toContain('two children with the same key');
  stand.problems.length = 0;
});

/** From now on this page gets the development build, under the server's own policy. */
async function developed(of: Page): Promise<void> {
  const html = readFileSync(join(folder, 'page.html'), 'utf8');
  await of.route('**/admin/assets/*', (route) =>
    route.fulfill({ path: join(folder, 'assets', new URL(route.request().url()).pathname.split('/').at(-1) ?? '') }),
  );
  await of.route(
    (url) => !url.pathname.startsWith('/admin/') && !url.pathname.startsWith('/api/'),
    async (route) => {
      if (!route.request().isNavigationRequest()) return route.fallback();
      const response = await route.fetch();
      const policy = response.headers()['content-security-policy'] ?? '';
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      await route.fulfill({
        status: response.status(),
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
        body: html.replaceAll('{{nonce}}', nonce),
      });
    },
  );
}

/** Opens whatever can be opened, one after the other: dialogues, menus and what is folded. Nothing is sent by it. */
async function openAll(of: Page): Promise<void> {
  const main = of.getByRole('main');
  const openers = main.getByRole('button', {
    name: /^(?:Add|Invite|Delete|Exclude|Renew|Change |Edit|Test$|Do not process|Send again|More settings|New )/,
  });
  for (let at = 0; at < Math.min(await openers.count(), 12); at += 1) {
    const opener = openers.nth(at);
    if (!(await opener.isVisible()) || (await opener.getAttribute('type')) === 'submit') continue;
    await opener.click();
    await of.waitForTimeout(50);
    await of.keyboard.press('Escape');
    await of.getByRole('dialog').first().waitFor({ state: 'hidden' });
  }
}
