import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatabaseAddress, databaseAddress, dialledUrl, shownDatabase } from './database-address.ts';

describe('databaseAddress', () => {
  test.each<[string, DatabaseAddress, string]>([
    ['sqlite:data/b.db', { kind: 'sqlite', path: 'data/b.db' }, 'data/b.db'],
    ['sqlite:/var/lib/b.db', { kind: 'sqlite', path: '/var/lib/b.db' }, '/var/lib/b.db'],
    ...[
      ['postgres://db.example/bellwire', 'postgres://db.example/bellwire'],
      [
        'postgresql://bell:s%40cret@db.example:5433/bellwire?sslmode=verify-full',
        'postgres://db.example:5433/bellwire',
      ],
      ['postgres://[2001:db8::1]/bellwire', 'postgres://[2001:db8::1]/bellwire'],
      ['postgres:///bellwire?host=/var/run/postgresql', 'postgres:///var/run/postgresql/bellwire'],
      ['postgres://bell:s%40cret@/bellwire?host=/tmp&port=5433', 'postgres:///tmp:5433/bellwire'],
      ['postgres://bell:s%40cret@%2Fvar%2Frun/bellwire', 'postgres:///var/run/bellwire'],
    ].map(([url = '', shown = '']): [string, DatabaseAddress, string] => [url, { kind: 'postgres', url }, shown]),
  ])('reads %s', (text, expected, shown) => {
    expect(databaseAddress(text)).toEqual({ ok: true, value: expected });
    expect(shownDatabase(expected)).toBe(shown);
  });

  test.each([
    ['bellwire.db', 'must be sqlite:<path>'],
    ['sqlite:', 'must be sqlite:<path>'],
    ['sqlite://data/b.db', 'must be sqlite:<path>'],
    ['sqlite::memory:', 'must name a file'],
    ['mysql://bell:hunter2@db/bellwire', 'must be sqlite:<path>'],
    ['postgres:bellwire', 'must be a URL'],
    ['postgres:/bell:hunter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:hun#ter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:hun/ter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:123/hunter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:123?hunter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:hun%ter2@db/bellwire', 'must be a URL'],
    ['postgres://bell:hunter2@one:5432,two:5432/bellwire', 'must be a URL'],
    ['postgres://bell:hun ter2@db/bellwire', 'must be a URL'],
    ['postgres:///bellwire', 'names no host'],
    ['postgres://bell:hunter2@/bellwire', 'names no host'],
    ['postgres://bell:hunter2@db/bellwire?sslmode=allow', 'has an sslmode that is none of disable, prefer, require'],
  ])('refuses %s', (text, problem) => {
    const reading = databaseAddress(text);
    expect(reading).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
    expect(JSON.stringify(reading)).not.toMatch(/hun|ter2|bell:/);
  });

  test.each([
    ['?sslmode=require', '?sslmode=verify-full'],
    ['?a=1&sslmode=prefer&sslrootcert=/ca.pem', '?a=1&sslmode=verify-full&sslrootcert=/ca.pem'],
    ['?sslmode=verify-ca', '?sslmode=verify-full'],
    ['?sslmode=verify-full', '?sslmode=verify-full'],
    ['?sslmode=no-verify', '?sslmode=no-verify'],
    ['?sslmode=disable', '?sslmode=disable'],
    ['?uselibpqcompat=true&sslmode=require', '?uselibpqcompat=true&sslmode=require'],
    ['', ''],
  ])('is dialled with %s as with %s', (given, meant) => {
    expect(dialledUrl(`postgres://db.example/b${given}`)).toBe(`postgres://db.example/b${meant}`);
  });

  test('never tells a password, whatever it is and however it is written', () => {
    const secret = fc.stringMatching(/^(?:7351)?[/?#:]?Zq[!-~]{6,20}$/);
    const rest = fc.constantFrom('@db.example/bellwire', '@/bellwire?host=/tmp', '@db.example:bad/x', '@', '@db/x#y');
    const written = fc.constantFrom<(text: string) => string>((text) => text, encodeURIComponent);
    fc.assert(
      fc.property(secret, rest, written, (password, end, write) => {
        const reading = databaseAddress(`postgres://bell:${write(password)}${end}`);
        const told = reading.ok ? shownDatabase(reading.value) : reading.problem;
        expect(told).not.toContain(password);
        expect(told).not.toContain('Zq');
      }),
    );
  });

  test('what is encoded as it should be is taken, whatever the password', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        fc.pre(password.isWellFormed());
        const url = `postgres://bell:${encodeURIComponent(password)}@db.example/bellwire`;
        expect(databaseAddress(url)).toEqual({ ok: true, value: { kind: 'postgres', url } });
      }),
    );
  });
});
