/** Each step of the help text on webhooks, by what somebody sees: roles and names alone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;

beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stand = await openAdminStand(browser);
  receiver = await startReceiver(200);
});
afterEach(async () => {
  await receiver.close();
  await stand.close();
});

/** Settings > Integrations in the left-side navigation, and the tab Webhooks. */
async function toWebhooks(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Integrations' }).click();
  await page.getByRole('tab', { name: 'Webhooks' }).click();
}

async function webhooks(): Promise<Record<string, unknown>[]> {
  return (await stand.bellwire.api<{ items: Record<string, unknown>[] }>('GET', '/webhooks')).items;
}

test('to see a list of active and inactive webhooks, go to Settings > Integrations, tab Webhooks', async () => {
  await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url });
  await stand.bellwire.api('POST', '/webhooks', { name: 'Warehouse', url: receiver.url, events: ['npsSubmitted'] });
  const page = await stand.open('/');
  await toWebhooks(page);
  const table = page.getByRole('table', { name: 'Webhooks' });
  const active = table.getByRole('row').filter({ has: page.getByRole('switch', { name: 'CRM is on' }) });
  expect(await active.getByText('All event categories').count()).toBe(1);
  const inactive = table.getByRole('row').filter({ has: page.getByRole('switch', { name: 'Warehouse is off' }) });
  expect(await inactive.getByText('NPS submitted').count()).toBe(1);
});

test('a URL webhook is created: name, type, URL, test, secret, and individual event categories', async () => {
  const page = await stand.open('/');
  await toWebhooks(page);
  await page.getByRole('link', { name: 'Add Webhook' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('CRM: answers to surveys');
  await page.getByRole('radio', { name: 'URL' }).check();
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);

  await page.getByRole('region', { name: 'Test' }).getByRole('button', { name: 'Test' }).click();
  await page.getByText('The receiver took it: 200.').waitFor();
  const ping = JSON.parse((await receiver.next()).body.toString('utf8')) as Record<string, unknown>;
  expect(ping).toMatchObject({ event: 'ping' });

  await page.getByRole('textbox', { name: 'Secret' }).fill('with special characters: äöü "§$%');
  await page.getByRole('radio', { name: 'Individual event categories' }).check();
  await page.getByRole('checkbox', { name: 'NPS', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Guides' }).check();
  await page.getByText('Events can carry personal data').waitFor();
  await page.getByRole('button', { name: 'Add Webhook' }).click();

  await page.getByRole('heading', { name: 'CRM: answers to surveys is added' }).waitFor();
  await page.getByText('The signing secret is shown this once').waitFor();
  const [made] = await webhooks();
  expect(made).toMatchObject({ name: 'CRM: answers to surveys', type: 'url', enabled: false });
  expect(new Set(made?.['events'] as string[])).toEqual(new Set(['guideDisplayed', 'npsDisplayed', 'npsSubmitted']));
  expect(made?.['secretHint']).not.toBeNull();
});

test('a Segment.com webhook is created with its write key', async () => {
  const page = await stand.open('/settings/integrations/webhooks');
  await page.getByRole('link', { name: 'Add Webhook' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Into Segment');
  await page.getByRole('radio', { name: 'Segment.com' }).check();
  await page.getByRole('textbox', { name: 'Write Key' }).fill('wk_0123456789');
  await page.getByRole('radio', { name: 'All event categories' }).check();
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  await page.getByRole('heading', { name: 'Into Segment is added' }).waitFor();
  expect(await webhooks()).toMatchObject([{ name: 'Into Segment', type: 'segment', events: 'all', enabled: false }]);
});

test('webhooks are off until the toggle turns them on, and it turns them off again', async () => {
  await stand.bellwire.api('POST', '/webhooks', { name: 'CRM', url: receiver.url });
  const page = await stand.open('/settings/integrations/webhooks');
  await stand.send({ type: 'track', event: 'While it is off', userId: 'grace' });
  await page.getByRole('switch', { name: 'CRM is off' }).click({ force: true });
  await page.getByRole('switch', { name: 'CRM is on' }).waitFor();
  await page.getByText('CRM is on. It gets events from now on.').waitFor();

  await stand.send({ type: 'track', event: 'While it is on', userId: 'grace' });
  const sent = JSON.parse((await receiver.next()).body.toString('utf8')) as { properties: { name: string } };
  expect(sent.properties.name).toBe('While it is on');

  await page.getByRole('switch', { name: 'CRM is on' }).click({ force: true });
  await page.getByRole('switch', { name: 'CRM is off' }).waitFor();
  expect(await webhooks()).toMatchObject([{ enabled: false }]);
});

test('what was held is asked about when it is turned on again', async () => {
  receiver.behave(503);
  await stand.bellwire.addWebhook({ name: 'CRM', url: receiver.url, retryDelaysSeconds: [600] });
  await stand.send({ type: 'track', event: 'Held', userId: 'grace' });
  await receiver.next();
  const page = await stand.open('/settings/integrations/webhooks');
  await page.getByRole('switch', { name: 'CRM is on' }).click({ force: true });
  await page.getByText(/deliver(y is|ies are) held and will be sent when you turn it on\./).waitFor();
  receiver.behave(200);
  await page.getByRole('switch', { name: 'CRM is off' }).click({ force: true });
  const dialogue = page.getByRole('dialog', { name: 'Turn on CRM' });
  await dialogue.getByText(/held\.$/).waitFor();
  await dialogue.getByRole('button', { name: 'Turn on and discard them' }).click();
  await page.getByRole('switch', { name: 'CRM is on' }).waitFor();
  await expect
    .poll(
      async () => (await stand.bellwire.api<{ items: unknown[] }>('GET', '/deliveries?state=cancelled')).items.length,
    )
    .toBeGreaterThan(0);
});

test('the pencil opens the settings, where changes are made', async () => {
  await stand.bellwire.api('POST', '/webhooks', {
    name: 'CRM',
    url: receiver.url,
    secret: 'a secret that is long enough',
  });
  const page = await stand.open('/settings/integrations/webhooks');
  const row = page.getByRole('row').filter({ hasText: 'CRM' });
  await row.hover();
  await row.getByRole('link', { name: 'Edit CRM' }).click();
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Give it a name, such as where it goes and what is sent.').waitFor();
  await name.fill('CRM of the north');
  await page.getByRole('textbox', { name: 'URL' }).fill('http://10.0.0.1/hooks');
  await page.getByRole('button', { name: 'Save' }).click();
  // What the server alone can know is said at the field too, and nothing that was typed is lost.
  await page.getByText(/private, local or reserved address/).waitFor();
  expect(await name.inputValue()).toBe('CRM of the north');
  await page.getByRole('textbox', { name: 'URL' }).fill(`${receiver.url}/north`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'CRM of the north' }).waitFor();
  const [changed] = await webhooks();
  expect(changed).toMatchObject({ name: 'CRM of the north', url: `${receiver.url}/north` });
  expect(changed?.['secretHint']).not.toBeNull();
});

test('the trash can removes a webhook for good, after asking', async () => {
  receiver.behave(503);
  await stand.bellwire.addWebhook({ name: 'Old CRM', url: receiver.url, retryDelaysSeconds: [600] });
  await stand.send({ type: 'track', event: 'Never sent', userId: 'grace' });
  await receiver.next();
  const page = await stand.open('/settings/integrations/webhooks');
  const row = page.getByRole('row').filter({ hasText: 'Old CRM' });
  await row.hover();
  await row.getByRole('button', { name: 'Delete Old CRM' }).click();
  const dialogue = page.getByRole('dialog', { name: 'Delete this webhook' });
  await dialogue.getByText(/deliver(y that waits|ies that wait)/).waitFor();
  await dialogue.getByRole('button', { name: 'Cancel' }).click();
  expect(await webhooks()).toHaveLength(1);
  await row.hover();
  await row.getByRole('button', { name: 'Delete Old CRM' }).click();
  await dialogue.getByRole('button', { name: 'Delete webhook Old CRM' }).click();
  await page.getByText('No webhook yet').waitFor();
  expect(await webhooks()).toEqual([]);
});
