import { expect, test } from 'vitest';
import { exclusionMatcher, exclusionProblem } from './exclusion.ts';

const nobody = { visitorId: 'ada', accountId: '', host: null, ip: null };

test.each([
  ['visitor', '*@acme.com', { visitorId: 'bob@acme.com' }, true],
  ['visitor', '*@acme.com', { visitorId: 'bob@acme.com.evil.org' }, false],
  ['visitor', 'bob', { visitorId: 'bobby' }, false],
  ['visitor', 'b*b*y', { visitorId: 'bobby' }, true],
  ['account', 'dev*', { accountId: 'dev-3' }, true],
  ['account', '*', { accountId: '' }, false],
  ['host', '*:3000', { host: 'localhost:3000' }, true],
  ['host', 'localhost', { host: 'LOCALHOST:3000' }, true],
  ['host', 'localhost', { host: 'localhost.example.com' }, false],
  ['ip', '10.0.0.0/8', { ip: '10.200.3.4' }, true],
  ['ip', '10.0.0.0/8', { ip: '::ffff:10.1.1.1' }, true],
  ['ip', '2001:db8::/32', { ip: '2001:db8::1' }, true],
  ['ip', '::/3', { ip: '8.8.8.8' }, false],
  ['ip', '8.8.8.8', { ip: 'garbage' }, false],
] as const)('%s %s on %o is %s', (kind, pattern, subject, excluded) => {
  expect(exclusionMatcher([{ kind, pattern }])({ ...nobody, ...subject })).toBe(excluded);
});

test('a pattern full of stars costs no more than its length times the text', () => {
  const pattern = `${'*a'.repeat(100)}*b`;
  expect(exclusionMatcher([{ kind: 'visitor', pattern }])({ ...nobody, visitorId: 'a'.repeat(256) })).toBe(false);
});

test.each([
  ['ip', '10.0.0.0/33', /neither an IP address nor a range/],
  ['ip', 'localhost', /neither an IP address nor a range/],
  ['ip', '10.0.0.0/8/8', /neither/],
  ['visitor', '  ', /empty/],
  ['host', '**', /everything/],
] as const)('%s %s is refused', (kind, pattern, problem) => {
  expect(exclusionProblem({ kind, pattern })).toMatch(problem);
});

test('a sound pattern has no problem', () => {
  expect(exclusionProblem({ kind: 'ip', pattern: '2001:db8::/32' })).toBeNull();
  expect(exclusionProblem({ kind: 'host', pattern: 'dev*' })).toBeNull();
});
