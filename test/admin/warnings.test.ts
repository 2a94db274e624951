/** The page of warnings counts what was refused, all of it, and goes on counting while somebody looks. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { type AdminStand, openAdminStand } from '../support/admin-stand.ts';
import { startChromium } from '../support/chromium.ts';

let browser: Browser;
let stand: AdminStand;

beforeAll(async () => {
  browser = await startChromium();
  stand = await openAdminStand(browser);
});
afterAll(async () => {
  await stand.close();
  await browser.close();
});

/** Calls that say nothing of who did it. */
const nobodys = (count: number, event: string) => Array.from({ length: count }, () => ({ type: 'track', event }));

test('a flood is counted whole although only samples of it are kept, and what comes meanwhile is added', async () => {
  const flood = limits.warningSamplesPerHour + 20;
  const page = await stand.open('/warnings', 'member');
  await page.getByText('Nothing was refused in the last 7 days').waitFor();
  await stand.send(...nobodys(flood, 'Flooded'));
  const reason = (count: number) =>
    page.getByRole('button', { name: new RegExp(`^No visitor can be told ${count} times, last `) });
  await reason(flood).click();
  await page.getByText('Neither userId nor anonymousId is there; one of them is needed.').first().waitFor();
  await page.getByText('Flooded').first().waitFor();
  await stand.send(...nobodys(1, 'One more'));
  await reason(flood + 1).waitFor();
  await page.getByRole('radio', { name: 'Last hour' }).locator('xpath=..').click();
  await reason(flood + 1).waitFor();
  expect(stand.problems).toEqual([]);
});
