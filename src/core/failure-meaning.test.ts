import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { failureMeaning } from './failure-meaning.ts';

const unknown = /^The attempt ended with/;

it('has a sentence for every code that the sending side gives', () => {
  const folder = new URL('../deliver/', import.meta.url);
  const texts = ['../core/address.ts', ...readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name))].map(
    (name) => readFileSync(new URL(name, folder), 'utf8'),
  );
  const codes = texts.flatMap((text) => [...text.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(([, code = '']) => code));
  expect(codes).toEqual(expect.arrayContaining(['dns_error', 'tls_expired', 'blocked_address', 'secret_unreadable']));
  const nothingSaid = codes.filter((code) => unknown.test(failureMeaning(code).meaning));
  expect(nothingSaid).toEqual([]);
  expect(failureMeaning('a_new_code').meaning).toMatch(unknown);
});

it.each([
  ['http_503', /503: it cannot answer/, /tried again by itself/],
  ['http_502', /502: it has a fault/, /tried again by itself/],
  ['http_410', /gone for good, so the webhook was switched off/, /new address/],
  ['http_418', /418, which is not a 2xx/, /receiver's log/],
  ['timeout', /No answer came/, /raise the timeout/],
  ['expired', /longer than events are kept/, /replay it now/],
])('%s is told with what to do about it', (code, meaning, remedy) => {
  expect(failureMeaning(code)).toEqual({
    meaning: expect.stringMatching(meaning),
    remedy: expect.stringMatching(remedy),
  });
});
