/** The page of an event says of each webhook what became of it and why, to Admins and Members alike, as it goes on. */
import type { ServerResponse } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { eventually } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let browser: Browser;
let stand: AdminStand;
let receiver: Receiver;
/** Requests that nobody has answered yet. */
const open: ServerResponse[] = [];

beforeAll(async () => {
  browser = await startChromium();
  stand = await openAdminStand(browser);
  receiver = await startReceiver((_request, response) => void open.push(response));
});
afterAll(async () => {
  await receiver.close();
  await stand.close();
  await browser.close();
});

test('what is held is said to wait for its webhook, what was not sent says why, and the page sees it delivered', async () => {
  const { id: webhookId } = await stand.bellwire.addWebhook({ name: 'Turned off', url: receiver.url });
  await stand.bellwire.addWebhook({ name: 'Polls only', url: receiver.url, events: ['pollSubmitted'] });
  await stand.send({
    type: 'track',
    event: 'Plan Upgraded',
    userId: 'grace',
    properties: {},
    context: { groupId: 'acme' },
  });
  await receiver.next();
  await stand.bellwire.api('POST', `/webhooks/${webhookId}/disable`, {});
  const eventId = await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { eventId: string }[] }>(
      'GET',
      '/deliveries?eventType=trackEventReceived&state=held',
    );
    return items[0]?.eventId ?? null;
  });

  const page = await stand.open(`/events/${eventId}`, 'member');
  const held = page.getByRole('row', { name: /^Turned off held/ });
  await held.getByText('Its webhook is off. It is safe, and waits until that is turned on.').waitFor();
  await page
    .getByRole('row', { name: /^Polls only not sent/ })
    .getByText('It has not chosen this kind of event.')
    .waitFor();
  expect(await page.getByRole('button', { name: /^Resend/ }).count()).toBe(0);

  await stand.bellwire.api('POST', `/webhooks/${webhookId}/enable`, {});
  receiver.behave(200);
  for (const response of open) response.end();
  await page
    .getByRole('row', { name: /^Turned off delivered/ })
    .getByText(/^Answered 200 after/)
    .waitFor();
});

test('a delivery whose receiver is down says that it waits for it, and when the next one goes out to see', async () => {
  const down = await startReceiver();
  const { id: webhookId } = await stand.bellwire.addWebhook({
    name: 'Away',
    url: down.url,
    events: ['trackEventReceived'],
  });
  await down.close();
  // As many different ones as make a receiver count as down.
  const calls = Array.from({ length: 10 }, () => ({ type: 'track', event: 'Signed Out', userId: 'grace' }));
  await stand.send(...calls);
  const id = await eventually(async () => {
    const { health } = await stand.bellwire.api<{ health: { state: string } | null }>('GET', `/webhooks/${webhookId}`);
    if (health?.state !== 'waiting') return null;
    const path = `/deliveries?webhookId=${webhookId}&state=pending`;
    return (await stand.bellwire.api<{ items: { id: string }[] }>('GET', path)).items[0]?.id ?? null;
  });
  const page = await stand.open(`/deliveries/${id}`, 'member');
  await page.getByText('Waiting for its receiver to come back.').waitFor();
  const words = page.getByText(
    /^Its receiver is down \(connection_refused\)\. What is for it waits and keeps its retries/,
  );
  await words.waitFor();
  expect(await words.textContent()).toMatch(/The next one goes out at|One is on its way now/);
  await stand.bellwire.api('DELETE', `/webhooks/${webhookId}`);
});

test('the page of an account leads to the deliveries of its events', async () => {
  await eventually(async () => {
    const { items } = await stand.bellwire.api<{ items: { id: string }[] }>('GET', '/accounts?search=acme');
    return items[0] ?? null;
  });
  const page = await stand.open('/accounts/acme');
  await page.getByRole('link', { name: "Deliveries of this account's events" }).click();
  await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
  expect(new URL(page.url()).searchParams.get('accountId')).toBe('acme');
});
