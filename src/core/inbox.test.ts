import { expect, test } from 'vitest';
import { inboxUrl, isInbox } from './inbox.ts';

test('the inbox is one origin, and nothing that only looks like it', () => {
  expect(
    [inboxUrl, 'http://inbox.bellwire.invalid/any/path?a=b', 'HTTP://INBOX.bellwire.INVALID:80/'].map(isInbox),
  ).toEqual([true, true, true]);
  const others = [
    'https://inbox.bellwire.invalid/',
    'http://inbox.bellwire.invalid:8080/',
    'http://inbox.bellwire.invalid.example.com/',
    'http://x.inbox.bellwire.invalid/',
    'http://example.com/http://inbox.bellwire.invalid/',
    'inbox.bellwire.invalid',
    '',
  ];
  expect(others.filter(isInbox)).toEqual([]);
});
