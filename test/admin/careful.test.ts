/** What cannot be taken back is asked for twice, and what makes no sense is said at its field. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { startChromium } from '../support/chromium.ts';

let browser: Browser;
let stand: AdminStand;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stand = await openAdminStand(browser);
});
afterEach(() => stand.close());

async function retentionDays(): Promise<number> {
  return (await stand.bellwire.api<{ retentionDays: number }>('GET', '/settings')).retentionDays;
}

test('keeping less asks first, keeping more does not, and nothing can be kept for no time', async () => {
  const before = await retentionDays();
  const page = await stand.open('/settings/retention');
  const field = page.getByLabel('Days to keep');
  const save = page.getByRole('button', { name: 'Save' });
  await field.fill('0');
  await save.click();
  await page.getByText('At least 1 day; events cannot be kept for ever.').waitFor();
  await field.fill('1');
  await save.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/older than 1 day are deleted within the hour/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await retentionDays()).toBe(before);
  await field.fill(String(before + 1));
  await save.click();
  await page.getByText(`What is older than ${before + 1} days leaves within the hour.`).waitFor();
  expect(await retentionDays()).toBe(before + 1);
  await field.fill('2');
  await save.click();
  await dialog.getByRole('button', { name: 'Keep 2 days' }).click();
  await page.getByText('What is older than 2 days leaves within the hour.').waitFor();
  expect(await retentionDays()).toBe(2);
});

test('an app takes no Track Events any more only when that is said twice', async () => {
  const isOn = async () =>
    (await stand.bellwire.api<{ items: { trackEnabled: boolean }[] }>('GET', '/apps')).items[0]?.trackEnabled;
  const page = await stand.open('/settings/subscription');
  const track = page.getByRole('switch', { name: 'Track Events' });
  await track.click({ force: true });
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/from now on is lost/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect([await isOn(), await track.isChecked()]).toEqual([true, true]);
  await track.click({ force: true });
  await dialog.getByRole('button', { name: /^Take none for/ }).click();
  await page.getByText(/takes no Track Events any more/).waitFor();
  expect(await isOn()).toBe(false);
  await dialog.waitFor({ state: 'hidden' });
  await track.click({ force: true });
  await page.getByText(/takes Track Events again/).waitFor();
  expect(await isOn()).toBe(true);
});
