/** Signing in, as a browser does it; and all that it must not be possible to do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { type Browser, openBrowser } from '../../test/support/browser.ts';
import { firstAdmin, goodPassword, invited } from '../../test/support/people.ts';
import { addressList } from '../core/address-list.ts';
import { newLinkToken, sha256Hex } from '../core/app-keys.ts';
import { createPasswords } from './passwords.ts';

let stand: ApiStand;
let admin: Browser;
beforeEach(async () => {
  stand = await openApiStand();
  admin = await firstAdmin(stand);
});
afterEach(() => stand.close());

const ada = { email: 'ada@example.com', password: goodPassword };
const wrong = { email: 'ada@example.com', password: 'a lighthouse in the sun' };
const hourMs = 3_600_000;

function signIn(browser: Browser, as: object = ada) {
  return browser.ask('POST', '/session', as);
}

describe('signing in', () => {
  test('gives a session, and says who it is; addresses are the same in large letters', async () => {
    const browser = openBrowser(stand.server);
    expect(await browser.ask('GET', '/session')).toMatchObject({ status: 401 });
    const answer = await signIn(browser, { email: ' ADA@Example.com ', password: goodPassword });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        user: { email: 'ada@example.com', name: 'Ada', role: 'admin', state: 'active' },
        session: { current: true, address: '192.0.2.1', userAgent: 'Test Browser' },
      },
    });
    expect((await browser.ask('GET', '/session')).body).toEqual(answer.body);
  });

  test('sets a cookie that scripts and other sites cannot use, and that says nothing', async () => {
    const browser = openBrowser(stand.server);
    const { headers } = await signIn(browser);
    expect(headers['set-cookie']).toMatch(
      /^bellwire=bws_[\w-]{32}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    const secure = openBrowser(stand.server, { origin: 'https://bell.example.com' });
    expect((await signIn(secure)).headers['set-cookie']).toMatch(
      /^__Host-bellwire=bws_[\w-]{32}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure$/,
    );
    const stored = JSON.stringify(await stand.look.db.selectFrom('sessions').selectAll().execute());
    const [token = ''] = browser.cookies.values();
    expect(stored).not.toContain(token);
    expect(stored).toContain(sha256Hex(token));
  });

  test('a wrong password, an unknown address, and whoever is only invited or disabled, are one answer', async () => {
    await admin.ask('POST', '/users', { email: 'new@example.com', role: 'member' });
    const { id } = await invited(stand, admin, { email: 'gone@example.com', role: 'member' });
    await admin.ask('PATCH', `/users/${id}`, { disabled: true });
    const answers = [];
    for (const as of [
      wrong,
      { email: 'nobody@example.com', password: goodPassword },
      { email: 'new@example.com', password: goodPassword },
      { email: 'gone@example.com', password: goodPassword },
    ]) {
      const { status, headers, body } = await signIn(openBrowser(stand.server), as);
      answers.push({ status, body, names: Object.keys(headers) });
    }
    expect(answers[0]).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('ends the session that the browser had, so that one that was planted is worth nothing', async () => {
    const planted = openBrowser(stand.server);
    await signIn(planted);
    const victim = openBrowser(stand.server);
    for (const [name, value] of planted.cookies) victim.cookies.set(name, value);
    await signIn(victim);
    expect([...victim.cookies.values()]).not.toEqual([...planted.cookies.values()]);
    expect(await planted.ask('GET', '/session')).toMatchObject({ status: 401 });
    expect(await victim.ask('GET', '/session')).toMatchObject({ status: 200 });
  });

  test('a password of which only the 73rd byte is another is another', async () => {
    const long = 'é'.repeat(36);
    const { id } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
    const { body } = await admin.ask('POST', `/users/${id}/password-link`, {});
    const token = String(body['link']).split('#')[1];
    const password = ` ${long}\u0000 🐑🐑`;
    expect((await openBrowser(stand.server).ask('POST', '/password-link/redeem', { token, password })).status).toBe(
      201,
    );
    const email = 'bob@example.com';
    for (const near of [password.trim(), ` ${long}\u0000 🐑🐏`, ` ${long}`, goodPassword]) {
      expect((await signIn(openBrowser(stand.server), { email, password: near })).status).toBe(401);
    }
    stand.clock.advance(hourMs);
    expect((await signIn(openBrowser(stand.server), { email, password })).status).toBe(201);
  });
});

describe('a session ends', () => {
  test('when its owner signs out: what the cookie held opens nothing any more', async () => {
    const stolen = new Map(admin.cookies);
    const { status, headers } = await admin.ask('DELETE', '/session');
    expect([status, admin.cookies.size]).toEqual([204, 0]);
    expect(headers['set-cookie']).toHaveLength(2);
    const thief = openBrowser(stand.server);
    for (const [name, value] of stolen) thief.cookies.set(name, value);
    expect((await thief.ask('GET', '/session')).status).toBe(401);
  });

  test('when it is not used for twelve hours, and after seven days however much it is used', async () => {
    stand.clock.advance(11 * hourMs);
    expect((await admin.ask('GET', '/session')).status).toBe(200);
    await stand.settled();
    stand.clock.advance(11 * hourMs);
    expect((await admin.ask('GET', '/session')).status).toBe(200);
    await stand.settled();
    stand.clock.advance(12 * hourMs);
    expect((await admin.ask('GET', '/session')).status).toBe(401);

    await signIn(admin);
    for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
      expect((await admin.ask('GET', '/session')).status).toBe(200);
      await stand.settled();
      stand.clock.advance(6 * hourMs);
    }
    expect((await admin.ask('GET', '/session')).status).toBe(200);
    stand.clock.advance(6 * hourMs);
    expect((await admin.ask('GET', '/session')).status).toBe(401);
  });

  test('when its owner changes the password, all but the one that did; and only with the present one', async () => {
    const other = openBrowser(stand.server);
    await signIn(other);
    const before = [...admin.cookies.values()];
    const password = 'three hedgehogs play chess';
    const refused = await admin.ask('POST', '/session/password', { current: wrong.password, password });
    expect(refused).toMatchObject({ status: 400, body: { error: { field: 'current' } } });
    expect((await other.ask('GET', '/session')).status).toBe(200);

    expect((await admin.ask('POST', '/session/password', { current: goodPassword, password })).status).toBe(200);
    expect([...admin.cookies.values()]).not.toEqual(before);
    expect((await admin.ask('GET', '/session')).status).toBe(200);
    expect((await other.ask('GET', '/session')).status).toBe(401);
    expect((await signIn(other)).status).toBe(401);
    expect((await signIn(other, { ...ada, password })).status).toBe(201);
  });

  test('when its owner, or an Admin, ends it', async () => {
    const { id, browser } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
    const phone = openBrowser(stand.server);
    await signIn(phone, { email: 'bob@example.com', password: goodPassword });
    const { body } = await browser.ask('GET', '/sessions');
    const items = body['items'] as { id: string; current: boolean }[];
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    expect(items).toHaveLength(2);
    const others = (await admin.ask('GET', '/sessions')).body['items'] as { id: string }[];
    expect((await browser.ask('DELETE', `/sessions/${others[0]?.id}`)).status).toBe(404);
    expect((await browser.ask('DELETE', `/sessions/${items.find(({ current }) => !current)?.id}`)).status).toBe(204);
    expect((await phone.ask('GET', '/session')).status).toBe(401);

    await signIn(phone, { email: 'bob@example.com', password: goodPassword });
    expect((await browser.ask('DELETE', '/sessions')).body).toEqual({ endedCount: 1 });
    expect((await phone.ask('GET', '/session')).status).toBe(401);

    expect((await admin.ask('GET', `/users/${id}/sessions`)).body['items']).toHaveLength(1);
    expect((await admin.ask('DELETE', `/users/${id}/sessions`)).body).toEqual({ endedCount: 1 });
    expect((await browser.ask('GET', '/session')).status).toBe(401);
    expect((await admin.ask('GET', '/session')).status).toBe(200);
  });

  test('when there are too many of one person: the one that was used longest ago', async () => {
    const browsers: Browser[] = [];
    for (let count = 0; count < 20; count += 1) {
      stand.clock.advance(1000);
      const browser = openBrowser(stand.server);
      await signIn(browser);
      browsers.push(browser);
    }
    expect((await admin.ask('GET', '/session')).status).toBe(401);
    expect((await browsers[0]?.ask('GET', '/session'))?.status).toBe(200);
  });
});

describe('guessing passwords', () => {
  test('is slowed down from one network, and the owner gets in from elsewhere', async () => {
    const answers = [];
    for (let count = 0; count < 50; count += 1) {
      // One network of IPv6, of which somebody has all addresses; and one of IPv4 in another spelling.
      const address = `2001:db8:0:7:${(count + 1).toString(16)}::1`;
      answers.push((await signIn(openBrowser(stand.server, { address }), wrong)).status);
    }
    expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(answers.slice(5)).toEqual(Array.from({ length: 45 }, () => 429));
    const right = openBrowser(stand.server, { address: '2001:db8:0:7::99' });
    const refused = await signIn(right);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await signIn(openBrowser(stand.server, { address: '2001:db8:0:8::1' }))).status).toBe(201);
    stand.clock.advance(1000);
    expect((await signIn(right)).status).toBe(201);
  });

  test('sent at once is no way around it, and another spelling of an address neither', async () => {
    const addresses = ['203.0.113.9', '::ffff:203.0.113.9', '::ffff:cb00:7109'];
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const browser = openBrowser(stand.server, { address: addresses[index % 3] ?? '' });
        return (await signIn(browser, wrong)).status;
      }),
    );
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(25);
  });

  test('of an address that nobody has is slowed down in the same way', async () => {
    const statuses = [];
    for (let count = 0; count < 7; count += 1) {
      const nobody = { email: 'nobody@example.com', password: `${goodPassword}${count}` };
      statuses.push((await signIn(openBrowser(stand.server), nobody)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('takes nobody at their word for where they are, but a proxy that was named', async () => {
    const statuses = [];
    for (let index = 1; index <= 8; index += 1) statuses.push(await triedFrom(stand, index));
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);

    const behind = await openApiStand({ trustedProxies: addressList(['10.0.0.0/8']) });
    await firstAdmin(behind);
    const others = [];
    for (let index = 1; index <= 8; index += 1) others.push(await triedFrom(behind, index));
    expect(others).toEqual(Array.from({ length: 8 }, () => 401));
    await behind.close();
  });
});

describe('pages of other sites', () => {
  const evil = 'https://evil.example';

  test.each([
    ['another site', { origin: evil, 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { origin: 'http://127.0.0.1:9999', 'sec-fetch-site': 'same-site' }],
    ['another site, in an old browser', { origin: evil, 'sec-fetch-site': undefined }],
    ['a page that has no origin', { origin: 'null', 'sec-fetch-site': undefined }],
    ['nobody', { origin: undefined, 'sec-fetch-site': undefined }],
    ['a name that leads to this address', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('%s can neither change anything nor sign anybody in', async (_, headers) => {
    const changing = [
      () => admin.ask('PATCH', '/settings', { retentionDays: 3 }, headers),
      () => admin.ask('DELETE', '/session', undefined, headers),
      () => admin.ask('POST', '/session', ada, headers),
      () => openBrowser(stand.server).ask('POST', '/session', ada, headers),
      () => openBrowser(stand.server).ask('POST', '/password-link/redeem', { token: 'x', password: 'x' }, headers),
    ];
    for (const change of changing) {
      expect(await change()).toMatchObject({ status: 403, body: { error: { code: 'cross_site' } } });
    }
    expect((await stand.ask('GET', '/settings')).body).toMatchObject({ retentionDays: 30 });
    expect((await admin.ask('GET', '/session')).status).toBe(200);
  });

  test('forms can send nothing, and no other method stands in a field or header', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await admin.ask('PATCH', '/settings', { retentionDays: 3 }, { 'content-type': type });
      expect(answer).toMatchObject({ status: 415 });
    }
    const override = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE' };
    expect((await admin.ask('GET', '/sessions?_method=DELETE', undefined, override)).status).toBe(200);
    expect((await admin.ask('POST', '/settings', { _method: 'PATCH', retentionDays: 3 })).status).toBe(405);
  });

  test('over plain http nobody signs in, unless it stays on the machine or is meant', async () => {
    const open = openBrowser(stand.server, { origin: 'http://192.168.1.5:8080' });
    const refused = await signIn(open);
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'cross_site' } } });
    expect(JSON.stringify(refused.body)).toContain('BELLWIRE_PUBLIC_URL');

    const meant = await openApiStand({ publicUrl: 'http://192.168.1.5:8080' });
    const token = newLinkToken();
    await meant.ledger.openSetup(sha256Hex(token));
    const browser = openBrowser(meant.server, { origin: 'http://192.168.1.5:8080' });
    const done = await browser.ask('POST', '/setup', { token, ...ada });
    expect([done.status, [...browser.cookies.keys()]]).toEqual([201, ['bellwire']]);
    await meant.close();
  });

  test('with a public address only pages from there count, whatever the Host header says, and links lead there', async () => {
    const at = await openApiStand({ publicUrl: 'https://bell.example.com' });
    const token = newLinkToken();
    await at.ledger.openSetup(sha256Hex(token));
    const local = openBrowser(at.server);
    expect((await local.ask('POST', '/setup', { token, ...ada })).status).toBe(403);
    const browser = openBrowser(at.server, { origin: 'https://bell.example.com' });
    const done = await browser.ask('POST', '/setup', { token, ...ada }, { host: 'inside:8080' });
    expect([done.status, [...browser.cookies.keys()]]).toEqual([201, ['__Host-bellwire']]);
    expect(done.headers['strict-transport-security']).toBe('max-age=31536000');
    const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    const { body } = await browser.ask('POST', '/users', { email: 'b@example.com', role: 'member' }, forged);
    expect(body['link']).toMatch(/^https:\/\/bell\.example\.com\/password#bwl_/);
    // A cookie of the other name, which any page of the host could set over http, is not looked at.
    const downgraded = openBrowser(at.server, { origin: 'https://bell.example.com' });
    downgraded.cookies.set('bellwire', browser.cookies.get('__Host-bellwire') ?? '');
    expect((await downgraded.ask('GET', '/session')).status).toBe(401);
    await at.close();
  });
});

test('an old hash is made anew when its owner signs in, and goes on fitting', async () => {
  const passwords = createPasswords({ memory: 32, passes: 2, parallelism: 1 });
  await stand.look.db
    .updateTable('users')
    .set({ password_hash: await passwords.hash(goodPassword) })
    .execute();
  expect((await signIn(openBrowser(stand.server))).status).toBe(201);
  const { password_hash: hash } = await stand.look.db.selectFrom('users').selectAll().executeTakeFirstOrThrow();
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect((await signIn(openBrowser(stand.server))).status).toBe(201);
});

test('answers may not be framed, cached, guessed at or read by other sites, errors included', async () => {
  for (const path of ['/session', '/users', '/settings', '/openapi.json', '/nothing-here']) {
    const { headers } = await admin.ask('GET', path);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    if (path === '/nothing-here') continue;
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['cache-control']).toBe('no-store');
  }
});

function forged(index: number): Record<string, string> {
  return { 'x-forwarded-for': `198.51.100.${index}` };
}

async function triedFrom(at: ApiStand, index: number): Promise<number> {
  const browser = openBrowser(at.server, { address: '10.0.0.1' });
  return (await browser.ask('POST', '/session', wrong, forged(index))).status;
}
