import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { trackInput } from '../../test/support/event-input.ts';
import { limits } from '../core/limits.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

const url = 'https://127.0.0.1:9443/hook';

async function add(over: object = {}): Promise<Record<string, unknown> & { id: string }> {
  const { status, body } = await stand.ask('POST', '/webhooks', { name: 'CRM', url, ...over });
  expect(status).toBe(201);
  return { ...body, id: String(body['id']) };
}

test('a new webhook is off, has the defaults, and shows its signing secret once', async () => {
  const answer = await stand.ask('POST', '/webhooks', { name: 'CRM', url, secret: 'a secret of the receiver' });
  expect(answer.status).toBe(201);
  expect(answer.headers['cache-control']).toBe('no-store');
  const { id, signingSecret, ...shown } = answer.body;
  expect(shown).toEqual({
    name: 'CRM',
    type: 'url',
    url,
    region: null,
    events: 'all',
    enabled: false,
    disabledReason: null,
    health: null,
    headers: {},
    timeoutSeconds: 300,
    retryDelaysSeconds: [5, 30, 120, 600, 1800],
    signaturePrefix: '',
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
    secretHint: '…iver',
    secretWarning: null,
    writeKeyHint: null,
    signingSecretHint: `whsec_…${String(signingSecret).slice(-4)}`,
    formerSigningSecretEndsAt: null,
    createdAt: '2026-01-05T12:00:00.000Z',
    changedAt: '2026-01-05T12:00:00.000Z',
  });
  expect(Buffer.from(String(signingSecret).replace('whsec_', ''), 'base64')).toHaveLength(32);
  expect((await stand.ask('GET', `/webhooks/${String(id)}`)).body).toEqual({ id, ...shown });
});

test('a Segment webhook posts to the tracking API of its region', async () => {
  const us = await add({ url: undefined, type: 'segment', writeKey: 'wk_0123456789abcdefghij' });
  expect(us).toMatchObject({ url: 'https://api.segment.io/v1/track', region: 'us', writeKeyHint: '…ghij' });
  const { body } = await stand.ask('PATCH', `/webhooks/${us.id}`, { region: 'eu' });
  expect(body).toMatchObject({ url: 'https://events.eu1.segmentapis.com/v1/track', region: 'eu' });
});

test.each([
  [{ name: undefined }, 'name', 'invalid_field'],
  [{ name: '  ' }, 'name', 'invalid_field'],
  [{ url: undefined }, 'url', 'invalid_field'],
  [{ url: 'not a url' }, 'url', 'invalid_url'],
  [{ url: 'http://10.0.0.1/hook' }, 'url', 'blocked_address'],
  [{ url: 'http://169.254.169.254/latest' }, 'url', 'blocked_address'],
  [{ url: 'ftp://example.com' }, 'url', 'blocked_scheme'],
  [{ url: 'https://user:pass@127.0.0.1:9443/' }, 'url', 'credentials_in_url'],
  [{ type: 'intercom' }, 'type', 'invalid_field'],
  [{ writeKey: 'x' }, 'writeKey', 'invalid_field'],
  [{ type: 'segment', url: undefined }, 'writeKey', 'invalid_field'],
  [{ type: 'segment', writeKey: 'x' }, 'url', 'invalid_field'],
  [{ events: [] }, 'events', 'invalid_field'],
  [{ events: ['pageLoaded', 'click'] }, 'events[1]', 'invalid_field'],
  [{ headers: { 'X-Foo': 1 } }, 'headers.X-Foo', 'invalid_field'],
  [{ headers: { Host: 'x' } }, 'headers.Host', 'invalid_field'],
  [{ headers: { 'X-Foo': 'a\r\nX-Bar: b' } }, 'headers.X-Foo', 'invalid_field'],
  [{ headers: { 'X-Foo': '1', 'x-foo': '2' } }, 'headers.x-foo', 'invalid_field'],
  [{ timeoutSeconds: 301 }, 'timeoutSeconds', 'invalid_field'],
  [{ retryDelaysSeconds: [1, 2, -1] }, 'retryDelaysSeconds[2]', 'invalid_field'],
  [{ signaturePrefix: 'md5=' }, 'signaturePrefix', 'invalid_field'],
  [{ ratePerSecond: 5, rateBurst: 0 }, 'rateBurst', 'invalid_field'],
  [{ rateBurst: 5 }, 'rateBurst', 'invalid_field'],
  [{ enabled: true }, 'enabled', 'invalid_field'],
  [{ id: 'wh_000000000000' }, 'id', 'invalid_field'],
])('refuses %j and names %s', async (over, field, code) => {
  const before = (await stand.reads.webhooks()).length;
  const { status, body } = await stand.ask('POST', '/webhooks', { name: 'CRM', url, ...over });
  expect([status, body]).toMatchObject([400, { error: { field, code } }]);
  expect((await stand.reads.webhooks()).length).toBe(before);
});

test('changes what is named and leaves the rest', async () => {
  const { id } = await add({
    secret: 'a secret of the receiver',
    headers: { 'X-One': 'first', Authorization: 'Bearer x' },
  });
  const changes = {
    name: 'ERP',
    events: ['pageLoaded'],
    timeoutSeconds: 2.5,
    headers: { 'x-one': 'new', 'X-Two': 'second' },
  };
  const { status, body } = await stand.ask('PATCH', `/webhooks/${id}`, changes);
  expect(status).toBe(200);
  expect(body).toMatchObject({ name: 'ERP', url, events: ['pageLoaded'], timeoutSeconds: 2.5, secretHint: '…iver' });
  expect(body['headers']).toEqual({ 'x-one': '••••', Authorization: '••••', 'X-Two': '••••' });
  const target = stand.directory().webhooks.find((webhook) => webhook.id === id);
  expect(target).toMatchObject({
    secret: 'a secret of the receiver',
    headers: { 'x-one': 'new', Authorization: 'Bearer x', 'X-Two': 'second' },
    secretsUnreadable: false,
  });

  const cleared = await stand.ask('PATCH', `/webhooks/${id}`, { secret: null, headers: { Authorization: null } });
  expect(cleared.body).toMatchObject({ secretHint: null, headers: { 'x-one': '••••', 'X-Two': '••••' } });
  expect((await stand.ask('PATCH', `/webhooks/${id}`, { type: 'segment' })).body).toMatchObject({
    error: { field: 'type' },
  });
  const blocked = await stand.ask('PATCH', `/webhooks/${id}`, { url: 'http://192.168.1.1/' });
  expect(blocked.body).toMatchObject({ error: { code: 'blocked_address', field: 'url' } });
  expect((await stand.ask('PATCH', '/webhooks/wh_000000000000', { name: 'x' })).status).toBe(404);
});

test('a short secret is warned of, without telling it, until there is a longer one or none', async () => {
  const short = 'only-23-bytes-long-12345'.slice(1);
  const { id, secretWarning } = await add({ secret: short });
  expect(secretWarning).toMatch(/fewer than 24 bytes.*openssl/);
  expect(secretWarning).not.toContain(short);
  const shown = async () => (await stand.ask('GET', `/webhooks/${id}`)).body['secretWarning'];
  const listed = async () => {
    const { items } = (await stand.ask('GET', '/webhooks')).body as { items: Record<string, unknown>[] };
    return items.find((one) => one['id'] === id)?.['secretWarning'];
  };
  const change = async (changes: object) =>
    (await stand.ask('PATCH', `/webhooks/${id}`, changes)).body['secretWarning'];
  expect([await shown(), await listed(), await change({ name: 'Other' })]).toEqual(
    Array.from({ length: 3 }, () => secretWarning),
  );
  expect([await change({ secret: `${short}6` }), await shown(), await listed()]).toEqual([null, null, null]);
  // It is bytes that count.
  expect(await change({ secret: '€€€€€€€€' })).toBeNull();
  expect(await change({ secret: '€€€€€€€' })).toBe(secretWarning);
  expect(await change({ secret: null })).toBeNull();
});

test('a burst belongs to a rate and goes with it', async () => {
  const { id } = await add({ ratePerSecond: 5, rateBurst: 50 });
  const change = async (changes: object) => stand.ask('PATCH', `/webhooks/${id}`, changes);
  const target = () => stand.directory().webhooks.find((webhook) => webhook.id === id);
  expect(target()).toMatchObject({ ratePerSecond: 5, rateBurst: 50 });
  expect((await change({ ratePerSecond: 10 })).body).toMatchObject({ ratePerSecond: 10, rateBurst: 50 });
  expect((await change({ ratePerSecond: null })).body).toMatchObject({ ratePerSecond: null, rateBurst: null });
  expect((await change({ rateBurst: 7 })).body).toMatchObject({
    error: { field: 'rateBurst', message: '"rateBurst" needs a ratePerSecond to go with.' },
  });
  expect((await change({ ratePerSecond: 1, rateBurst: 7 })).body).toMatchObject({ ratePerSecond: 1, rateBurst: 7 });
  expect((await change({ rateBurst: null })).body).toMatchObject({ ratePerSecond: 1, rateBurst: null });
  expect(target()).toMatchObject({ ratePerSecond: 1, rateBurst: null });
});

test('what comes while it is off is not delivered, what is pending is held, and then sent or discarded', async () => {
  const { id } = await add({ events: ['trackEventReceived'] });
  const pending = () => stand.reads.deliveries({ webhookId: id }, { limit: 10, cursor: null });
  await stand.ledger.accept([trackInput('early')], []);
  expect((await stand.ask('POST', `/webhooks/${id}/enable`)).body).toMatchObject({ enabled: true, heldCount: 0 });
  await stand.ledger.accept([trackInput('kept')], []);
  expect((await stand.ask('POST', `/webhooks/${id}/disable`)).body).toMatchObject({ enabled: false, heldCount: 1 });
  await stand.ledger.accept([trackInput('late')], []);
  expect((await pending()).items).toMatchObject([{ visitorId: 'kept', state: 'held', dueAt: null }]);

  expect((await stand.ask('POST', `/webhooks/${id}/enable`, { held: 'send' })).body).toMatchObject({ heldCount: 1 });
  expect((await pending()).items).toMatchObject([{ state: 'pending', dueAt: stand.clock.now() }]);
  // Once more changes nothing, and above all discards nothing that is under way.
  expect((await stand.ask('POST', `/webhooks/${id}/enable`, { held: 'discard' })).body).toMatchObject({ heldCount: 0 });
  expect((await pending()).items).toMatchObject([{ state: 'pending' }]);

  await stand.ask('POST', `/webhooks/${id}/disable`);
  expect((await stand.ask('POST', `/webhooks/${id}/enable`, { held: 'discard' })).body).toMatchObject({ heldCount: 1 });
  expect((await pending()).items).toMatchObject([{ state: 'cancelled', finishedAt: stand.clock.now() }]);
});

test('a deleted webhook is gone but for its name in the log', async () => {
  const secret = 'deleted-webhook-secret';
  const { id } = await add({ name: 'Old CRM', secret, headers: { 'X-Key': 'deleted-header' } });
  await stand.ask('POST', `/webhooks/${id}/enable`);
  await stand.ledger.accept([trackInput('someone')], []);
  const { body } = await stand.ask('DELETE', `/webhooks/${id}`);
  expect(body['cancelledCount']).toBeGreaterThan(0);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/test'],
  ] as const) {
    expect([path, (await stand.ask(method, `/webhooks/${id}${path}`, {})).status]).toEqual([path, 404]);
  }
  expect((await stand.ask('GET', '/webhooks')).text).not.toContain(id);
  const log = await stand.reads.deliveries({ webhookId: id }, { limit: 1, cursor: null });
  expect(log.items).toMatchObject([{ webhookName: 'Old CRM', state: 'cancelled' }]);
  const row = await stand.look.db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  expect(row).toMatchObject({ url: null, headers_sealed: '{}', secret_sealed: null, signing_secret_sealed: '' });

  const delivery = `/deliveries/${log.items[0]?.id ?? ''}/replay`;
  expect((await stand.ask('POST', delivery)).body).toMatchObject({ error: { code: 'conflict' } });
});

test('no secret is in the database, in a later answer or in the log', async () => {
  const secrets = {
    secret: 'PLAIN-secret-of-receiver',
    header: 'PLAIN-header-value-0123',
    writeKey: 'PLAIN-write-key-0123',
  };
  const one = await add({ secret: secrets.secret, headers: { Authorization: secrets.header } });
  const two = await add({ url: undefined, type: 'segment', writeKey: secrets.writeKey });
  const { body: app } = await stand.ask('POST', '/apps', { name: 'Shop' });
  const hidden = [
    ...Object.values(secrets),
    one['signingSecret'],
    two['signingSecret'],
    app['trackSecret'],
    stand.keys.integrationKey,
  ];

  const paths = [
    '/webhooks',
    `/webhooks/${one.id}`,
    `/webhooks/${two.id}`,
    '/apps',
    `/apps/${String(app['id'])}`,
    '/settings',
  ];
  const answers = await Promise.all(paths.map(async (path) => (await stand.ask('GET', path)).text));
  const kept = await stand.look.everything();
  const seen = [...answers, kept, JSON.stringify(stand.logged)].join('\n');
  for (const secret of hidden) expect(seen).not.toContain(secret);
  // The needle would be found if it were there.
  expect(kept).toContain('Shop');
});

test('X-Hub-Signature-256 is only for a webhook that has a secret to sign it with', async () => {
  const hub = { name: 'Hub', url, hubSignature: true };
  const refused = { error: { code: 'invalid_field', field: 'hubSignature' } };
  expect((await stand.ask('POST', '/webhooks', hub)).body).toMatchObject(refused);
  const { id } = await add({ ...hub, secret: 'a secret of the receiver' });
  expect((await stand.ask('PATCH', `/webhooks/${id}`, { secret: null })).body).toMatchObject(refused);
  const off = await stand.ask('PATCH', `/webhooks/${id}`, { secret: null, hubSignature: false });
  expect(off.body).toMatchObject({ hubSignature: false, secretHint: null });
  expect((await stand.ask('PATCH', `/webhooks/${id}`, { hubSignature: true })).body).toMatchObject(refused);
  const segment = { name: 'S', type: 'segment', writeKey: 'wk_0123456789abcdefghij' };
  expect((await stand.ask('POST', '/webhooks', { ...segment, hubSignature: true })).body).toMatchObject(refused);
  expect((await stand.ask('POST', '/webhooks', { ...segment, hubSignature: false })).status).toBe(201);
});

test('of two changes at once neither undoes the other, and what does not go together is refused', async () => {
  const { id } = await add({ secret: 'a secret of the receiver', headers: { 'X-Zero': '0' } });
  const change = (changes: object) => stand.ask('PATCH', `/webhooks/${id}`, changes);
  const target = () => stand.directory().webhooks.find((webhook) => webhook.id === id);
  await Promise.all([change({ headers: { A: '1' } }), change({ headers: { B: '2', 'x-zero': null } })]);
  expect(target()?.headers).toEqual({ A: '1', B: '2' });
  const few = await Promise.all([change({ secret: null }), change({ hubSignature: true })]);
  expect(new Set(few.map(({ status }) => status))).toEqual(new Set([200, 400]));
  expect(few.find(({ status }) => status === 400)?.body).toMatchObject({ error: { field: 'hubSignature' } });
  await change({ ratePerSecond: 5 });
  await Promise.all([change({ ratePerSecond: null }), change({ rateBurst: 7 })]);
  expect(target()).toMatchObject({ ratePerSecond: null, rateBurst: null });
  expect((await change({ name: 'Still' })).status).toBe(200);
});

test('a webhook that signs without a secret, as one could once be left, can be changed in all else, and be mended', async () => {
  const { id } = await add({ secret: 'a secret of the receiver', hubSignature: true });
  const none = { secret_sealed: null, secret_hint: null };
  await stand.look.db.updateTable('webhooks').set(none).where('id', '=', id).execute();
  const change = async (changes: object) => (await stand.ask('PATCH', `/webhooks/${id}`, changes)).status;
  expect(await change({ name: 'Other' })).toBe(200);
  expect(await change({ hubSignature: true })).toBe(400);
  expect(await change({ secret: 'another secret of it' })).toBe(200);
});

function headers(count: number, from: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${from + index}`, 'v']));
}

test('there can be so many headers and no more, however they come to be', async () => {
  const { id } = await add({ headers: headers(limits.webhookHeadersMax - 1, 0) });
  const change = async (more: object) => (await stand.ask('PATCH', `/webhooks/${id}`, { headers: more })).status;
  const both = await Promise.all([change(headers(1, 1000)), change(headers(1, 2000))]);
  expect(new Set(both)).toEqual(new Set([200, 400]));
  expect(await change({ 'X-0': null, 'X-new': 'v' })).toBe(200);
});

test('secrets that were swapped between rows are told as unreadable', async () => {
  const [one, two] = [await add({ secret: 'first secret' }), await add({ secret: 'second secret' })];
  const row = await stand.look.db
    .selectFrom('webhooks')
    .select('secret_sealed')
    .where('id', '=', two.id)
    .executeTakeFirstOrThrow();
  await stand.look.db.updateTable('webhooks').set(row).where('id', '=', one.id).execute();
  await stand.ask('PATCH', `/webhooks/${two.id}`, { name: 'Two' });
  const targets = new Map(stand.directory().webhooks.map((target) => [target.id, target]));
  expect(targets.get(one.id)).toMatchObject({ secret: null, secretsUnreadable: true });
  expect(targets.get(two.id)).toMatchObject({ secret: 'second secret', secretsUnreadable: false });
});

test('a test sends the ping, or the sample that was asked for, to a webhook that is off', async () => {
  const { id } = await add({ secret: 'a secret' });
  const { status, body } = await stand.ask('POST', `/webhooks/${id}/test`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ delivered: true, attempt: { status: 200, url, startedAt: '2026-01-05T12:00:00.000Z' } });
  const ping = stand.testSends.at(-1);
  expect(ping?.target).toMatchObject({ id, secret: 'a secret', timeoutMs: 30_000 });
  expect(body['body']).toBe(ping?.body);
  expect(JSON.parse(ping?.body ?? '')).toMatchObject({ event: 'ping', app: { name: 'webhook-test' } });

  await stand.ask('POST', `/webhooks/${id}/test`, { event: 'npsSubmitted' });
  const sample: unknown = JSON.parse(stand.testSends.at(-1)?.body ?? '');
  expect(sample).toMatchObject({ event: 'npsSubmitted', app: { id: -323232, name: 'My app' } });
  expect((await stand.ask('POST', `/webhooks/${id}/test`, { event: 'click' })).body).toMatchObject({
    error: { field: 'event' },
  });
});

test('settings can be tested before they are saved', async () => {
  const before = (await stand.reads.webhooks()).length;
  const { body } = await stand.ask('POST', '/webhooks/test', {
    type: 'segment',
    writeKey: 'abc',
    region: 'eu',
    event: 'pageLoaded',
  });
  expect(body).toMatchObject({ delivered: true, attempt: { url: 'https://events.eu1.segmentapis.com/v1/track' } });
  expect(JSON.parse(String(body['body']))).toMatchObject({ type: 'track', event: 'pageLoaded' });
  expect(stand.testSends.at(-1)?.target).toMatchObject({ writeKey: 'abc', format: 'segment' });
  const blocked = await stand.ask('POST', '/webhooks/test', { url: 'http://10.1.2.3/' });
  expect(blocked.body).toMatchObject({ error: { code: 'blocked_address', field: 'url' } });
  expect((await stand.reads.webhooks()).length).toBe(before);
});

test('how it goes with sending is shown of each webhook, and null of one that is off', async () => {
  const { id } = await add({});
  expect((await stand.ask('GET', `/webhooks/${id}`)).body).toMatchObject({ health: null });
  const at = stand.clock.now();
  const health = {
    state: 'waiting' as const,
    since: at,
    width: 1,
    inFlightCount: 0,
    queuedCount: 17,
    failuresInARow: 12,
    nextProbeAt: at + 5000,
    lastError: 'http_503',
  };
  stand.healths.set(id, health);
  const shown = { ...health, since: '2026-01-05T12:00:00.000Z', nextProbeAt: '2026-01-05T12:00:05.000Z' };
  expect((await stand.ask('GET', `/webhooks/${id}`)).body['health']).toEqual(shown);
  const { body } = await stand.ask('GET', '/webhooks');
  expect((body['items'] as { id: string; health: unknown }[]).find((one) => one.id === id)?.health).toEqual(shown);
});
