import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenDoors, openDoors, readKey, trackSecret, writeKey } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const path = '/api/v1/metadata/visitor/custom/value';
const key = { 'x-pendo-integration-key': writeKey };

test.each([
  ['visitor', 'custom'],
  ['visitor', 'agent'],
  ['account', 'custom'],
  ['account', 'agent'],
])('values of many: %s, %s', async (kind, group) => {
  const body = [{ [`${kind}Id`]: 'a', values: { Level: 3, tags: ['x'], object: {} } }];
  const answer = await doors.post(`/api/v1/metadata/${kind}/${group}/value?create=true`, body, key);
  expect(answer).toMatchObject({
    status: 200,
    json: { updated: 1, created: 0, missing: [], tooLarge: [], refused: [] },
  });
  expect(doors.writes).toEqual([
    { kind, group, create: true, items: [{ id: 'a', values: { level: 3, tags: ['x'] } }] },
  ]);
});

test('makes nobody unless asked to', async () => {
  await doors.post(path, [{ visitorId: 'a', values: {} }], key);
  expect(doors.writes).toMatchObject([{ create: false }]);
});

test('a bad item leaves its neighbours alone', async () => {
  const body = [
    { visitorId: 'a', values: { x: 1 } },
    { visitorId: 'null', values: {} },
    { visitorId: 'b', values: 3 },
    7,
  ];
  const answer = await doors.post(path, body, key);
  expect(answer.json).toMatchObject({
    updated: 1,
    refused: [
      { index: 1, code: 'invalid_id', field: 'visitorId' },
      { index: 2, code: 'invalid_field', field: 'values' },
      { index: 3, code: 'invalid_body', field: '' },
    ],
  });
  expect(doors.warnings).toMatchObject([{ door: 'metadata', appId: null }, {}, {}]);
});

test.each([
  [{}, 401],
  [{ 'x-pendo-integration-key': trackSecret }, 401],
  [{ 'x-pendo-integration-key': readKey }, 403],
  [{ authorization: `Bearer ${writeKey}` }, 200],
])('keys: %#', async (headers, status) => {
  expect((await doors.post(path, [], headers)).status).toBe(status);
});

test.each([
  [{ visitorId: 'a' }, 'invalid_body'],
  [Array.from({ length: 1001 }, () => ({})), 'too_many_events'],
])('a body that is wrong as a whole: %#', async (body, code) => {
  expect(await doors.post(path, body, key)).toMatchObject({ status: 400, json: { error: { code } } });
});

test('traits that are too large are refused whole', async () => {
  const values = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x'.repeat(8192)]));
  const answer = await doors.post(path, [{ visitorId: 'a', values }], key);
  expect(answer.json).toMatchObject({ updated: 0, refused: [{ field: 'values' }] });
});
