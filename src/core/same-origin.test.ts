import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crossSiteProblem } from './same-origin.ts';

const own = { fetchSite: 'same-origin', origin: 'https://bell.example.com', host: 'bell.example.com' };

test.each([
  [own, 'https://bell.example.com'],
  [{ ...own, host: 'inside:8080' }, 'https://bell.example.com/bell'],
  [own, null],
  [{ ...own, fetchSite: undefined }, null],
  [{ fetchSite: 'none', origin: undefined, host: 'x' }, null],
  [{ fetchSite: undefined, origin: 'http://localhost:8080', host: 'LOCALHOST:8080' }, null],
  [{ fetchSite: undefined, origin: 'http://[::1]:8080', host: '[::1]:8080' }, null],
])('%j may, at %s', (page, publicUrl) => {
  expect(crossSiteProblem(page, publicUrl)).toBeNull();
});

test.each([
  [{ ...own, origin: 'http://bell.example.com' }, 'https://bell.example.com'],
  [{ ...own, origin: 'https://bell.example.com.evil.example' }, 'https://bell.example.com'],
  [{ ...own, origin: 'https://bell.example.com:8443' }, 'https://bell.example.com'],
  [{ ...own, origin: 'null' }, null],
  [{ ...own, host: undefined }, null],
  [{ ...own, host: 'other.example.com' }, null],
  [{ ...own, origin: 'http://bell.example.com' }, null],
  [{ ...own, origin: 'http://127.0.0.1.evil.example', host: '127.0.0.1.evil.example' }, null],
  [{ fetchSite: undefined, origin: undefined, host: 'localhost' }, null],
])('%j may not, at %s', (page, publicUrl) => {
  expect(crossSiteProblem(page, publicUrl)).toMatch(/\.$/);
});

test('whatever else is sent, another site may not, and neither may a neighbour', () => {
  const text = fc.option(fc.webUrl(), { nil: undefined });
  const publicUrl = fc.option(fc.webUrl(), { nil: null });
  fc.assert(
    fc.property(
      fc.constantFrom('cross-site', 'same-site', '', 'Same-Origin'),
      text,
      text,
      publicUrl,
      (fetchSite, origin, host, url) => {
        expect(crossSiteProblem({ fetchSite, origin, host }, url)).not.toBeNull();
      },
    ),
  );
});
