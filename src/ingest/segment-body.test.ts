import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKey, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const basic = { authorization: `Basic ${btoa(`${apiKey}:`)}` };

test.each([[], '"text"', null, 7])(
  'JSON that is no call (%j) is answered as Segment does, and kept as a warning',
  async (body) => {
    const answer = await doors.post('/v1/track', body, basic);
    expect(answer).toMatchObject({ status: 200, text: '{"success":true}' });
    expect(doors.inputs).toEqual([]);
    expect(doors.warnings).toMatchObject([{ reason: 'invalid_body', field: '' }]);
  },
);
