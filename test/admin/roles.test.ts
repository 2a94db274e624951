/** What a Member sees, and what happens to whoever is signed out, or whose server is away, in the middle of something. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AdminStand, adminEmail, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { goodPassword } from '../support/people.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;

beforeAll(async () => {
  browser = await startChromium();
  receiver = await startReceiver(503);
});
afterAll(async () => {
  await receiver.close();
  await browser.close();
});
beforeEach(async () => {
  stand = await openAdminStand(browser);
});
afterEach(async () => {
  await stand.close();
});

test.each([
  ['webhooks', '/settings/integrations/webhooks', 'Webhooks are for Admins'],
  ['users', '/settings/users', 'Users are for Admins'],
  ['integration keys', '/settings/integration-keys', 'Integration keys are for Admins'],
  ['the audit log', '/settings/audit-log', 'The audit log and what is in it are for Admins'],
  ['figures of the system', '/settings/system', 'Figures of the system are for Admins'],
])('a Member is told why %s are not for them', async (_name, path, words) => {
  const page = await stand.open(path, 'member');
  await page.getByText(words).waitFor();
  await page.getByText(/Ask an Admin to do this, or to make you one/).waitFor();
  expect(await page.getByRole('link', { name: 'Add Webhook' }).count()).toBe(0);
});

test('a Member sees how a delivery went and not what was sent, and is offered nothing that would be refused', async () => {
  await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url, retryDelaysSeconds: [] });
  await stand.send({
    type: 'track',
    event: 'Plan Upgraded',
    userId: 'grace',
    properties: { confidential: 'a secret' },
  });
  let id = '';
  await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { id: string }[] }>('GET', '/deliveries?state=failed');
    id = items[0]?.id ?? '';
    return id === '' ? null : id;
  });
  const page = await stand.open(`/deliveries/${id}`, 'member');
  await page.getByText(/^Failed at the first try/).waitFor();
  await page.getByText('What was sent and answered is for Admins').waitFor();
  const text = await page.getByRole('main').textContent();
  expect(text).not.toContain('a secret');
  for (const name of ['Resend now', 'Copy as curl', 'Copy body']) {
    expect(await page.getByRole('button', { name }).count()).toBe(0);
  }
  await page.goto('/settings/exclude-list');
  await page.getByText('Nobody is excluded').waitFor();
  expect(await page.getByRole('button', { name: 'Exclude' }).count()).toBe(0);
  await page.goto('/settings/subscription');
  await page.getByText('Only Admins change apps.').waitFor();
  expect(await page.getByRole('switch', { name: 'Track Events' }).isDisabled()).toBe(true);
});

test('whoever was signed out while filling in a form signs in above it, and nothing that was typed is lost', async () => {
  const page = await stand.open('/settings/integrations/webhooks/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('Typed with care');
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  const dialogue = page.getByRole('dialog', { name: 'You have been signed out' });
  expect(await dialogue.getByLabel('E-mail address').inputValue()).toBe(adminEmail);
  await dialogue.getByLabel('Password', { exact: true }).fill(goodPassword);
  await dialogue.getByRole('button', { name: 'Sign in again' }).click();
  await dialogue.waitFor({ state: 'hidden' });
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Typed with care');
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  await page.getByRole('heading', { name: 'Typed with care is added' }).waitFor();
});

test('a server that is away is said to be, what was typed stays, and it goes on when the server is back', async () => {
  const page = await stand.open('/settings/integrations/webhooks/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('Typed with care');
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  await page.getByText('The server does not answer', { exact: true }).waitFor();
  await page.context().setOffline(false);
  await page.getByText('The server does not answer', { exact: true }).waitFor({ state: 'hidden' });
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Typed with care');
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  await page.getByRole('heading', { name: 'Typed with care is added' }).waitFor();
});
