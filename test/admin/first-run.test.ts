/** From the setup link to the first delivered event, as a newcomer goes: with nothing but the browser. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bellwire, startBellwire } from '../support/bellwire.ts';
import { startChromium } from '../support/chromium.ts';
import { goodPassword } from '../support/people.ts';

let browser: Browser;
let bellwire: Bellwire;

beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  bellwire = await startBellwire();
});
afterEach(() => bellwire.close());

test('a newcomer sees the first event delivered, with the built-in inbox and a sample event', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(bellwire.setupLink ?? '');
  await page.getByRole('heading', { name: 'Become the first Admin' }).waitFor();
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('ada@example.com');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  // What is too easy is said at the field, and nothing else is lost.
  await page.getByLabel('Password', { exact: true }).fill('password1234');
  await page.getByRole('button', { name: 'Create Admin and sign in' }).click();
  await page.getByText(/one of those that are tried first/).waitFor();
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Create Admin and sign in' }).click();

  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(new URL(page.url()).hash).toBe('');
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.getByRole('button', { name: 'Use the built-in inbox' }).click();
  await steps.getByText('A webhook is on.').waitFor();
  await steps.getByRole('button', { name: 'Send a sample event' }).click();
  await steps.getByText('It was delivered.').waitFor();
  await steps.getByRole('link', { name: 'See the delivery' }).click();

  await page.getByText(/^Delivered at the first try/).waitFor();
  const answer = page.getByRole('region', { name: 'Body of the answer' });
  expect(await answer.textContent()).toContain('"webhook-signature": "holds"');
  const request = page.getByRole('region', { name: 'Body of the request' });
  expect(await request.textContent()).toContain('"trackEventReceived"');
  await page.close();
});

test('the setup link opens nothing a second time, and says so', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const link = bellwire.setupLink ?? '';
  await page.goto(bellwire.url);
  await page.getByRole('heading', { name: 'Nobody can sign in yet' }).waitFor();
  await page.goto(link);
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('ada@example.com');
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Create Admin and sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByRole('button', { name: /your profile and signing out/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link opens nothing' }).waitFor();
  expect(await page.getByRole('alert').textContent()).toMatch(/This server is set up/);
  await page.close();
});

test('somebody who is invited chooses a password by the link that the Admin hands over', async () => {
  const admin = await browser.newPage();
  admin.setDefaultTimeout(10_000);
  await admin.goto(bellwire.setupLink ?? '');
  await admin.getByRole('textbox', { name: 'E-mail address' }).fill('ada@example.com');
  await admin.getByLabel('Password', { exact: true }).fill(goodPassword);
  await admin.getByRole('button', { name: 'Create Admin and sign in' }).click();
  await admin.getByRole('link', { name: 'Settings' }).click();
  await admin.getByRole('link', { name: 'Users' }).click();
  await admin.getByRole('button', { name: 'Invite user' }).click();
  const form = admin.getByRole('dialog', { name: 'Invite user' });
  await form.getByRole('textbox', { name: 'E-mail address' }).fill('mia@example.com');
  await form.getByRole('radio', { name: 'Member' }).check();
  await form.getByRole('button', { name: 'Invite' }).click();
  const shown = admin.getByRole('dialog', { name: 'mia@example.com is invited' });
  const link = (await shown.getByText(/^http\S+\/password#/).textContent()) ?? '';
  await shown.getByRole('button', { name: 'I have kept it' }).click();

  const context = await browser.newContext();
  const member = await context.newPage();
  member.setDefaultTimeout(10_000);
  await member.goto(link);
  await member.getByRole('heading', { name: 'Welcome to Bellwire' }).waitFor();
  await member.getByLabel('Password', { exact: true }).fill('another lighthouse in the fog');
  await member.getByRole('button', { name: 'Save password and sign in' }).click();
  await member.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(await member.getByRole('region', { name: 'First steps' }).count()).toBe(0);
  await context.close();
  await admin.close();
});
