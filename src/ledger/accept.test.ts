import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { aliasInput, trackInput } from '../../test/support/event-input.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('a mended call that comes in one commit with the refused one is kept, once', async () => {
  const call = { ...aliasInput('ada', 'bob'), messageId: 'm1' };
  const mended = trackInput('ada', { messageId: 'm1' });
  const kinds = async (...inputs: (typeof mended)[]) => (await stand.ledger.accept(inputs, [])).map(({ kind }) => kind);
  expect(await kinds(call, call, mended, mended, call)).toEqual([
    'refused',
    'refused',
    'accepted',
    'duplicate',
    'duplicate',
  ]);
  expect(await kinds(mended)).toEqual(['duplicate']);
  expect(await stand.look.count('select count(*) as n from events where type = ?', 'trackEventReceived')).toBe(1);
});
