import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { eventTypes } from '../core/event.ts';

let stand: ApiStand;
let appId: number;

beforeEach(async () => {
  stand = await openApiStand();
  const { body } = await stand.ask('GET', '/apps');
  appId = (body['items'] as { id: number }[])[0]?.id ?? 0;
});
afterEach(() => stand.close());

async function typesOf(query: string): Promise<unknown[]> {
  await stand.settled();
  const { body } = await stand.ask('GET', `/events?${query}`);
  return (body['items'] as { type: string }[]).map(({ type }) => type);
}

describe('a sample event', () => {
  test.each(eventTypes)('of the type %s is recorded as one', async (type) => {
    const sent = await stand.ask('POST', `/apps/${appId}/sample-events`, { type });
    expect(sent.status).toBe(201);
    const visitorId = encodeURIComponent(String(sent.body['visitorId']));
    expect(await typesOf(`visitorId=${visitorId}`)).toContain(type);
  });

  test('is a Track Event unless something else is asked for, of whom one says, and can be found by its message id', async () => {
    const sent = await stand.ask('POST', `/apps/${appId}/sample-events`, { visitorId: 'grace', accountId: 'navy' });
    expect(sent.body).toMatchObject({ visitorId: 'grace', accountId: 'navy' });
    expect(await typesOf(`messageId=${String(sent.body['messageId'])}`)).toEqual(['trackEventReceived']);
    expect(await typesOf('visitorId=grace&type=visitorCreated')).toEqual(['visitorCreated']);
  });

  test('is told why it cannot be taken', async () => {
    await stand.ask('PATCH', `/apps/${appId}`, { trackEnabled: false });
    const refused = await stand.ask('POST', `/apps/${appId}/sample-events`, {});
    expect(refused.body).toMatchObject({ error: { code: 'track_off' } });
    const unknown = await stand.ask('POST', '/apps/1/sample-events', {});
    expect(unknown.status).toBe(404);
    const withoutWriting = await stand.ask('POST', `/apps/${appId}/sample-events`, {}, stand.readKey);
    expect(withoutWriting.status).toBe(403);
  });
});
