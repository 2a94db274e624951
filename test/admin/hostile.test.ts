/** What comes from outside is text wherever it is shown, however much it would like to be something else. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

/** Each would leave a mark if it ran, or an element that is found below. */
const evil = '<img src=x onerror="globalThis.wasRun=1;alert(1)"><script>globalThis.wasRun=1</script>';
const visitor = `<svg onload=alert(2)>${'x'.repeat(150)}`;
const account = '"><iframe srcdoc="<script>parent.wasRun=1</script>">\u202Etxt.exe';

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;
let page: Page;
const ids = { event: '', delivery: '', webhook: '' };

beforeAll(async () => {
  browser = await startChromium();
  stand = await openAdminStand(browser);
  receiver = await startReceiver((_request, response) => {
    response.writeHead(500, { 'content-type': 'text/html', 'x-evil': evil }).end(`<html>${evil}</html>`);
  });
  const { id } = await stand.bellwire.addWebhook({ name: evil, url: `${receiver.url}?q=javascript:alert(3)` });
  ids.webhook = id;
  await stand.bellwire.api('POST', '/apps', { name: evil });
  await stand.bellwire.api('POST', '/exclusions', { kind: 'visitor', pattern: evil });
  await stand.bellwire.api('POST', '/integration-keys', { name: evil, scopes: ['read'] });
  await stand.send(
    { type: 'identify', userId: visitor, traits: { name: evil, groupId: account, [evil]: 'javascript:alert(4)' } },
    { type: 'group', userId: visitor, groupId: account, traits: { name: evil } },
    { type: 'track', event: evil, userId: visitor, properties: { [evil]: evil, url: 'javascript:alert(5)' } },
    { type: 'track', event: evil },
  );
  await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { id: string; eventId: string; eventType: string }[] }>(
      'GET',
      '/deliveries?eventType=trackEventReceived',
    );
    ids.delivery = items[0]?.id ?? '';
    ids.event = items[0]?.eventId ?? '';
    return ids.delivery === '' ? null : ids;
  });
  page = await stand.open('/');
});
afterAll(async () => {
  await receiver.close();
  await stand.close();
  await browser.close();
});

test.each([
  ['events', () => '/events', evil],
  ['an event', () => `/events/${ids.event}`, evil],
  ['deliveries', () => '/deliveries', visitor],
  ['a delivery', () => `/deliveries/${ids.delivery}`, evil],
  ['visitors', () => '/visitors', visitor],
  ['a visitor', () => `/visitors/${encodeURIComponent(visitor)}`, evil],
  ['accounts', () => '/accounts', account],
  ['an account', () => `/accounts/${encodeURIComponent(account)}`, evil],
  ['webhooks', () => '/settings/integrations/webhooks', evil],
  ['a webhook', () => `/settings/integrations/webhooks/${ids.webhook}`, evil],
  ['a webhook that is edited', () => `/settings/integrations/webhooks/${ids.webhook}/edit`, evil],
  ['the subscription', () => '/settings/subscription', evil],
  ['the exclude list', () => '/settings/exclude-list', evil],
  ['integration keys', () => '/settings/integration-keys', evil],
])('on the page of %s', async (_name, path, text) => {
  await page.goto(path());
  // It is there, as the text that it is.
  await page.getByText(text.slice(0, 40)).first().waitFor({ state: 'attached' });
  expect(await marks(page)).toEqual({ wasRun: false, elements: 0 });
  expect(stand.problems).toEqual([]);
});

test('in an entry of the audit log', async () => {
  await page.goto('/settings/audit-log');
  await page.getByRole('button', { name: 'What changed: Integration key created' }).click();
  await page.getByRole('region', { name: 'After' }).getByText(evil.slice(0, 18)).waitFor();
  expect(await marks(page)).toEqual({ wasRun: false, elements: 0 });
});

test('in a warning with what was refused', async () => {
  await page.goto('/warnings');
  await page.getByRole('button', { name: /No visitor can be told/ }).click();
  await page.getByText(evil.slice(0, 18)).first().waitFor();
  expect(await marks(page)).toEqual({ wasRun: false, elements: 0 });
});

test('in what a receiver answers to a test', async () => {
  await page.goto(`/settings/integrations/webhooks/${ids.webhook}`);
  await page.getByRole('button', { name: 'Test' }).click();
  await page.getByRole('region', { name: 'Test' }).getByRole('button', { name: 'Test' }).click();
  await page.getByText('The receiver did not take it: 500.').waitFor();
  expect(await page.getByRole('region', { name: 'Body of the answer' }).textContent()).toContain('<script>');
  expect(await marks(page)).toEqual({ wasRun: false, elements: 0 });
  expect(stand.problems).toEqual([]);
});

test('and a mark would be seen', async () => {
  const plain = await browser.newPage();
  await plain.setContent(`<p>${evil}</p>`);
  await expect.poll(() => marks(plain)).toEqual({ wasRun: true, elements: 2 });
  await plain.close();
});

/** Whether anything ran, and what was made that no page of ours makes. */
function marks(of: Page): Promise<{ wasRun: boolean; elements: number }> {
  return of.evaluate(`({
    wasRun: 'wasRun' in globalThis,
    elements: document.querySelectorAll('img[src="x"], iframe, svg[onload], script:not([src])').length,
  })`);
}
