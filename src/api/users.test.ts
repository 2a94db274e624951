/** People as an Admin sees and changes them, invitations, and the first Admin of all. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { type Browser, openBrowser } from '../../test/support/browser.ts';
import { firstAdmin, goodPassword, invited } from '../../test/support/people.ts';
import { newLinkToken, sha256Hex } from '../core/app-keys.ts';
import { withoutContents } from './delivery-schema.ts';

let stand: ApiStand;
beforeEach(async () => {
  stand = await openApiStand();
});
afterEach(() => stand.close());

const dayMs = 86_400_000;

describe('the first Admin', () => {
  const form = { email: 'ada@example.com', password: goodPassword };
  let browser: Browser;
  beforeEach(() => {
    browser = openBrowser(stand.server);
  });

  test('is made by the setup link and by nothing else, once', async () => {
    const token = newLinkToken();
    await stand.ledger.openSetup(sha256Hex(token));
    expect((await browser.ask('GET', '/setup')).body).toEqual({ open: true });
    for (const wrong of [{}, { token: '' }, { token: newLinkToken() }]) {
      const refused = await browser.ask('POST', '/setup', { ...form, ...wrong });
      expect(refused).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    expect(await browser.ask('POST', '/setup', { ...form, token })).toMatchObject({
      status: 201,
      body: { user: { role: 'admin', state: 'active' } },
    });
    for (const [method, body] of [['GET'], ['POST', { ...form, token }], ['POST', {}]] as const) {
      expect((await browser.ask(method, '/setup', body)).status).toBe(404);
    }
    expect(await stand.ledger.openSetup(sha256Hex(newLinkToken()))).toBe(false);
    expect(await stand.ledger.createFirstAdmin({ email: 'x@example.com', passwordHash: 'x' })).toBeNull();
  });

  test('is one, when many open the link at once', async () => {
    const token = newLinkToken();
    await stand.ledger.openSetup(sha256Hex(token));
    const statuses = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        const own = openBrowser(stand.server);
        return (await own.ask('POST', '/setup', { ...form, email: `${name}@example.com`, token })).status;
      }),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 404, 404, 404]);
    expect(await stand.reads.users()).toHaveLength(1);
  });

  test('is not made by a link that is half an hour old', async () => {
    const token = newLinkToken();
    await stand.ledger.openSetup(sha256Hex(token));
    stand.clock.advance(30 * 60_000);
    expect(await browser.ask('POST', '/setup', { ...form, token })).toMatchObject({ status: 403 });
  });

  test.each([
    ['short', 'elevenchars'],
    ['common', 'Password123456!'],
    ['a row', 'qwertyuiopas'],
    ['a repetition', 'abcabcabcabcabc'],
    ['the address', 'Ada@Example.com1'],
  ])('does not get a password that is %s', async (_, password) => {
    const token = newLinkToken();
    await stand.ledger.openSetup(sha256Hex(token));
    const refused = await browser.ask('POST', '/setup', { email: 'ada@example.com', password, token });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_field', field: 'password' } } });
    expect((await browser.ask('POST', '/setup', { ...form, token })).status).toBe(201);
  });
});

describe('users', () => {
  let admin: Browser;
  beforeEach(async () => {
    admin = await firstAdmin(stand);
  });

  const invite = (email: string) => linkOf(admin.ask('POST', '/users', { email, role: 'member' }));

  test('are invited by a link that is shown once, holds a week, and opens one time', async () => {
    const token = await invite(' Bob@Example.com');
    expect(await openBrowser(stand.server).ask('POST', '/password-link/open', { token })).toMatchObject({
      status: 200,
      body: { user: { email: 'bob@example.com', state: 'invited', role: 'member' } },
    });
    const { body } = await admin.ask('GET', '/users');
    expect(JSON.stringify(body)).not.toContain('bwl_');
    expect(JSON.stringify(await stand.look.db.selectFrom('password_links').selectAll().execute())).not.toContain(token);
    expect(await redeem(token, { password: 'bob@example.com' })).toMatchObject({
      status: 400,
      body: { error: { field: 'password' } },
    });
    expect(await redeem(token, { name: 'Bob' })).toMatchObject({
      status: 201,
      body: { user: { name: 'Bob', state: 'active' } },
    });
    for (const path of ['/password-link/open', '/password-link/redeem']) {
      const again = path.endsWith('open') ? { token } : { token, password: goodPassword };
      expect((await openBrowser(stand.server).ask('POST', path, again)).status).toBe(404);
    }
    const late = await invite('carol@example.com');
    stand.clock.advance(7 * dayMs);
    expect((await redeem(late)).status).toBe(404);
  });

  test('have one address each, however it is spelt', async () => {
    expect(await admin.ask('POST', '/users', { email: 'ADA@example.com', role: 'member' })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', field: 'email' } },
    });
  });

  test('who forgot their password choose another by a link, and are signed out where they were', async () => {
    const { id, browser } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
    const renew = () => linkOf(admin.ask('POST', `/users/${id}/password-link`, {}));
    const first = await renew();
    const second = await renew();
    expect((await redeem(first)).status).toBe(404);
    expect((await browser.ask('GET', '/session')).status).toBe(200);
    const password = 'another lighthouse entirely';
    expect((await redeem(second, { password })).status).toBe(201);
    expect((await browser.ask('GET', '/session')).status).toBe(401);
    const signIn = (chosen: string) =>
      openBrowser(stand.server).ask('POST', '/session', { email: 'bob@example.com', password: chosen });
    expect([(await signIn(goodPassword)).status, (await signIn(password)).status]).toEqual([401, 201]);
  });

  test('who are disabled, deleted or given another role are signed out at once, everywhere', async () => {
    const { id, browser } = await invited(stand, admin, { email: 'bob@example.com', role: 'admin' });
    expect((await browser.ask('GET', '/users')).status).toBe(200);
    expect((await admin.ask('PATCH', `/users/${id}`, { role: 'member' })).body).toMatchObject({ role: 'member' });
    expect((await browser.ask('GET', '/users')).status).toBe(401);
    const as = { email: 'bob@example.com', password: goodPassword };
    await browser.ask('POST', '/session', as);
    expect((await browser.ask('GET', '/users')).status).toBe(403);
    await admin.ask('PATCH', `/users/${id}`, { name: 'Robert' });
    expect((await browser.ask('GET', '/events')).status).toBe(200);

    const link = await linkOf(admin.ask('POST', `/users/${id}/password-link`, {}));
    expect((await admin.ask('PATCH', `/users/${id}`, { disabled: true })).body).toMatchObject({ state: 'disabled' });
    expect((await browser.ask('GET', '/events')).status).toBe(401);
    expect((await redeem(link)).status).toBe(404);
    expect((await admin.ask('POST', `/users/${id}/password-link`, {})).status).toBe(409);
    await admin.ask('PATCH', `/users/${id}`, { disabled: false });
    expect((await browser.ask('GET', '/events')).status).toBe(401);
    expect((await browser.ask('POST', '/session', as)).status).toBe(201);
    expect((await admin.ask('DELETE', `/users/${id}`)).status).toBe(204);
    expect((await browser.ask('GET', '/events')).status).toBe(401);
    expect((await admin.ask('GET', `/users/${id}`)).status).toBe(404);
    expect((await admin.ask('DELETE', `/users/${id}`)).status).toBe(404);
  });

  test('always have an Admin among them who can sign in', async () => {
    const { body } = await admin.ask('GET', '/session');
    const { id } = body['user'] as { id: string };
    await admin.ask('POST', '/users', { email: 'invited@example.com', role: 'admin' });
    const changes = [{ role: 'member' }, { disabled: true }];
    for (const change of changes) {
      expect((await admin.ask('PATCH', `/users/${id}`, change)).body).toMatchObject({ error: { code: 'conflict' } });
    }
    expect((await admin.ask('DELETE', `/users/${id}`)).status).toBe(409);
    await invited(stand, admin, { email: 'bob@example.com', role: 'admin' });
    expect((await admin.ask('DELETE', `/users/${id}`)).status).toBe(204);
    expect((await admin.ask('GET', '/session')).status).toBe(401);
  });
});

test('members see how a delivery went, and nothing of what was sent and answered', async () => {
  const attempt = {
    url: 'https://crm.example.com/hook?token=SECRET',
    requestHeaders: { authorization: 'SECRET' },
    responseHeaders: { 'set-cookie': 'SECRET' },
    responseBody: 'SECRET',
    status: 503,
    code: 'http_503',
  };
  const trace = { id: 'd', body: 'SECRET', attempts: [attempt], lastCode: 'http_503' };
  const shown = withoutContents(trace as unknown as Parameters<typeof withoutContents>[0]);
  expect(JSON.stringify(shown)).not.toContain('SECRET');
  expect(shown).toMatchObject({ body: null, lastCode: 'http_503', attempts: [{ status: 503, code: 'http_503' }] });
});

async function linkOf(answer: Promise<{ body: Record<string, unknown> }>): Promise<string> {
  return String((await answer).body['link']).split('#')[1] ?? '';
}

function redeem(token: string, more: object = {}) {
  return openBrowser(stand.server).ask('POST', '/password-link/redeem', { token, password: goodPassword, ...more });
}
