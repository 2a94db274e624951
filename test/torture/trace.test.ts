import { expect, test } from 'vitest';
import { judgeTrace } from '../../torture/trace.ts';

const read = (fd: number): string =>
  `901   read(${fd}<TCP:[127.0.0.1:80->127.0.0.1:4${fd}]>, "POST /data/track HTTP/1.1\\r\\nhost"..., 65536) = 324`;
const answer = (fd: number, status = 200): string =>
  `901   write(${fd}<TCP:[127.0.0.1:80->127.0.0.1:4${fd}]>, "HTTP/1.1 ${status} OK\\r\\nx-content"..., 250) = 250`;
const sync = '990   fsync(28</data/bellwire.db-wal>) = 0';
const begin = '990   fdatasync(28</data/bellwire.db-wal> <unfinished ...>';
const end = '990   <... fdatasync resumed>)        = 0';

test.each([
  ['a sync between', [read(31), sync, answer(31)], 1, 0],
  ['a sync between, in two parts', [read(31), begin, answer(32), end, answer(31)], 1, 0],
  ['one sync for two', [read(31), read(32), sync, answer(31), answer(32)], 2, 0],
  [
    'a request in two parts',
    [read(31).replace('"POST', '<unfinished ...>\n901   <... read resumed>"POST'), sync, answer(31)],
    1,
    0,
  ],
  ['an error, which promises nothing', [read(31), answer(31, 503)], 0, 0],
  ['no sync', [read(31), answer(31)], 1, 1],
  ['a sync too early', [sync, read(31), answer(31)], 1, 1],
  ['a sync that had begun before', [begin, read(31), end, answer(31)], 1, 1],
  ['a sync that is not over', [read(31), begin, answer(31), end], 1, 1],
  ['a sync that failed', [read(31), sync.replace('= 0', '= -1 EIO (Input/output error)'), answer(31)], 1, 1],
  ['a sync of another file', [read(31), sync.replace('-wal', ''), answer(31)], 1, 1],
  ['a sync for the first only', [read(31), sync, answer(31), read(31), answer(31)], 2, 1],
])('%s', (_, lines, acknowledgedCount, unsyncedCount) => {
  const verdict = judgeTrace(lines.join('\n'));
  expect(verdict.acknowledgedCount).toBe(acknowledgedCount);
  expect(verdict.unsynced).toHaveLength(unsyncedCount);
});
