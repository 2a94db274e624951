import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { trackInput } from '../../test/support/event-input.ts';
import { limits } from '../core/limits.ts';
import { anonymousVisitorId } from '../core/visitor-id.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('whoever came with the longest anonymous id that there can be is found by it', async () => {
  const id = anonymousVisitorId('x'.repeat(limits.idCharsMax));
  await stand.ledger.accept([trackInput(id)], []);
  const found = async (path: string) => (await stand.ask('GET', path)).body;
  expect(await found(`/events?visitorId=${id}`)).toMatchObject({ items: [{ visitorId: id }] });
  expect(await found(`/visitors?search=${id}`)).toMatchObject({ items: [{ id }] });
  expect(await found(`/visitors/${id}`)).toMatchObject({ id });
  expect((await stand.ask('GET', `/deliveries?visitorId=${id}`)).status).toBe(200);
  expect((await stand.ask('POST', '/replays/count', { visitorId: id })).status).toBe(200);
  expect((await stand.ask('GET', `/events?visitorId=${id}x`)).status).toBe(400);
});
