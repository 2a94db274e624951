/** The change of a signing secret, from the call to the bytes that a receiver checks. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { signingKey, verifyStandard } from '../core/signature.ts';
import { buildRequest } from '../deliver/request.ts';
import { pruneEveryMs } from '../ledger/upkeep.ts';

const hourMs = 3_600_000;
const body = '{"n":1}';
let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('the former secret signs beside the new one until its time is over, to the second', async () => {
  const { id, secret: first } = await add();
  const before = stand.clock.now();
  const rotated = await stand.ask('POST', `/webhooks/${id}/rotate-signing-secret`, {});
  const second = String(rotated.body['signingSecret']);
  expect(rotated.status).toBe(200);
  expect(rotated.headers['cache-control']).toBe('no-store');
  expect(second).toMatch(/^whsec_/);
  expect(second).not.toBe(first);
  const endsAt = new Date(before + 24 * hourMs).toISOString();
  const shown = (await stand.ask('GET', `/webhooks/${id}`)).body;
  expect(shown).toMatchObject({
    formerSigningSecretEndsAt: endsAt,
    signingSecretHint: `whsec_…${second.slice(-4)}`,
  });
  expect(JSON.stringify(shown)).not.toContain(second);
  expect(JSON.stringify(shown)).not.toContain(first);

  expect(signatures(id)).toHaveLength(2);
  // The new one is first: receivers that look at one signature only look at that.
  expect([holds(id, first), holds(id, second), holds(id, second, 0)]).toEqual([true, true, true]);
  stand.clock.advance(24 * hourMs - 1);
  expect([holds(id, first), holds(id, second)]).toEqual([true, true]);
  stand.clock.advance(1);
  expect([holds(id, first), holds(id, second)]).toEqual([false, true]);
  expect(signatures(id)).toHaveLength(1);
  expect((await stand.ask('GET', `/webhooks/${id}`)).body).toMatchObject({ formerSigningSecretEndsAt: null });
});

test('what signs nothing any more leaves the row within a minute or so', async () => {
  const { id } = await add();
  const row = async () =>
    stand.look.db
      .selectFrom('webhooks')
      .select(['former_signing_secret_sealed as sealed', 'former_signing_ends_at as endsAt'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
  await rotate(id, 1);
  stand.clock.advance(hourMs - 1);
  await stand.settled();
  expect(await row()).toEqual({ sealed: expect.any(String), endsAt: stand.clock.now() + 1 });
  stand.clock.advance(pruneEveryMs + 1);
  await stand.settled();
  expect(await row()).toEqual({ sealed: null, endsAt: null });
});

test('without an overlap, or when it is ended, the former secret signs nothing more', async () => {
  const { id, secret: first } = await add();
  const second = await rotate(id, 0);
  expect([holds(id, first), holds(id, second)]).toEqual([false, true]);

  const third = await rotate(id, 48);
  expect([holds(id, second), holds(id, third)]).toEqual([true, true]);
  const retired = await stand.ask('POST', `/webhooks/${id}/retire-signing-secret`, {});
  expect(retired.body).toMatchObject({ id, formerSigningSecretEndsAt: null });
  expect(retired.body['signingSecret']).toBeUndefined();
  expect([holds(id, second), holds(id, third)]).toEqual([false, true]);
  expect((await stand.ask('POST', `/webhooks/${id}/retire-signing-secret`, {})).status).toBe(200);
});

test('a second change within the overlap takes no secret away from a receiver, unless it is told to', async () => {
  const { id, secret: first } = await add();
  const second = await rotate(id, 1);
  const again = await stand.ask('POST', `/webhooks/${id}/rotate-signing-secret`, { overlapHours: 1 });
  expect([again.status, again.body]).toMatchObject([409, { error: { code: 'conflict' } }]);
  expect([holds(id, first), holds(id, second)]).toEqual([true, true]);
  const third = await rotate(id, 0);
  expect([holds(id, first), holds(id, second), holds(id, third)]).toEqual([false, false, true]);
  await rotate(id, 1);
  stand.clock.advance(hourMs);
  expect(await rotate(id, 1)).toMatch(/^whsec_/);
});

test('only a webhook that is there has a secret to change, and for a week at most both sign', async () => {
  expect((await stand.ask('POST', '/webhooks/wh_000000000000/rotate-signing-secret', {})).status).toBe(404);
  expect((await stand.ask('POST', '/webhooks/wh_000000000000/retire-signing-secret', {})).status).toBe(404);
  const { id } = await add();
  for (const overlapHours of [-1, 169, '1', null]) {
    const answer = await stand.ask('POST', `/webhooks/${id}/rotate-signing-secret`, { overlapHours });
    expect([answer.status, answer.body]).toMatchObject([400, { error: { field: 'overlapHours' } }]);
  }
  expect(await rotate(id, 168)).toMatch(/^whsec_/);
});

test('a former secret that cannot be read stops the webhook, as any other does', async () => {
  const { id } = await add();
  await rotate(id, 1);
  const broken = { former_signing_secret_sealed: 'v1.00000000.x.y.z' };
  await stand.look.db.updateTable('webhooks').set(broken).where('id', '=', id).execute();
  await stand.ask('PATCH', `/webhooks/${id}`, { name: 'Broken' });
  expect(target(id).secretsUnreadable).toBe(true);
  await stand.ask('POST', `/webhooks/${id}/retire-signing-secret`, {});
  expect(target(id).secretsUnreadable).toBe(false);
});

async function add(): Promise<{ id: string; secret: string }> {
  const made = await stand.ask('POST', '/webhooks', { name: 'CRM', url: 'http://127.0.0.1:9/' });
  return { id: String(made.body['id']), secret: String(made.body['signingSecret']) };
}

async function rotate(id: string, overlapHours: number): Promise<string> {
  const answer = await stand.ask('POST', `/webhooks/${id}/rotate-signing-secret`, { overlapHours });
  expect(answer.status).toBe(200);
  return String(answer.body['signingSecret']);
}

function target(id: string) {
  const found = stand.directory().webhooks.find((webhook) => webhook.id === id);
  if (found === undefined) throw new Error('There is no such webhook.');
  return found;
}

function signatures(id: string): string[] {
  return sentHeader(id, 'webhook-signature').split(' ');
}

/** Whether a receiver that knows this secret accepts what is sent now, by any signature or by the one at `index`. */
function holds(id: string, secret: string, index?: number): boolean {
  const all = signatures(id);
  const message = {
    id: 'delivery',
    timestamp: sentHeader(id, 'webhook-timestamp'),
    signature: index === undefined ? all.join(' ') : all[index],
    body: Buffer.from(body),
  };
  return verifyStandard(message, signingKey(secret), stand.clock.now() / 1000).ok;
}

function sentHeader(id: string, name: string): string {
  const { message } = buildRequest(target(id), { id: 'delivery', body }, { version: '0' }, stand.clock.now());
  return new RegExp(`^${name}: (.*)\r$`, 'm').exec(String(message))?.[1] ?? '';
}
