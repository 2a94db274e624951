/** People who are signed in at an API stand, as they would be: by the setup link, or by an invitation. */
import { newLinkToken, sha256Hex } from '../../src/core/app-keys.ts';
import type { UserRole } from '../../src/core/user.ts';
import type { ApiStand } from './api-stand.ts';
import { type Browser, openBrowser } from './browser.ts';

export const goodPassword = 'a lighthouse in the fog';

export async function firstAdmin(stand: ApiStand, email = 'ada@example.com'): Promise<Browser> {
  const token = newLinkToken();
  if (!(await stand.ledger.openSetup(sha256Hex(token)))) throw new Error('There is an Admin already.');
  const browser = openBrowser(stand.server);
  const { status } = await browser.ask('POST', '/setup', { token, email, name: 'Ada', password: goodPassword });
  if (status !== 201) throw new Error(`The first Admin could not be made: ${status}.`);
  return browser;
}

/** Has an Admin invite somebody, who then chooses a password. */
export async function invited(
  stand: ApiStand,
  admin: Browser,
  { email, role }: { email: string; role: UserRole },
): Promise<{ id: string; browser: Browser }> {
  const { body } = await admin.ask('POST', '/users', { email, role });
  const token = String(body['link']).split('#')[1];
  const browser = openBrowser(stand.server, { address: '198.51.100.7' });
  const redeemed = await browser.ask('POST', '/password-link/redeem', { token, password: goodPassword });
  if (redeemed.status !== 201) throw new Error(`The invitation could not be taken: ${JSON.stringify(redeemed.body)}`);
  return { id: (redeemed.body['user'] as { id: string }).id, browser };
}
