import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from './limits.ts';
import { passwordProblem } from './password-rules.ts';

const email = 'ada.lovelace@analytical.example';

test.each([
  'password1234',
  'Password123!',
  '1234567password',
  'P@ssw0rd2026!',
  'passwordpassword',
  'administrator1',
  'Welcome12345',
  'iloveyou1234',
  'qwertyuiop12',
  'abcdefghijkl',
  '123456789012',
  '098765432109',
  'aaaaaaaaaaaaaaaa',
  'abababababab',
  'Summer2026!!',
  'correcthorsebatterystaple',
  'AdaLovelace1!',
  'ada.lovelace@analytical.example',
  'elevenchars',
  '🐑🐑🐏🐑🐑🐑🐏🐑🐑🐑🐏',
  '',
])('%s cannot be chosen', (password) => {
  expect(passwordProblem(password, email)).toMatch(/^(The|This) .+\.$/);
});

test.each([
  'a lighthouse in the fog',
  ' leading and trailing ',
  'ünïcödé is welcome',
  'nul \u0000 is a character too',
  'kX9#mQ2$vL5@',
  'password but with a long tail of words',
  'x'.repeat(3) + 'longest'.repeat(30),
])('%s can be chosen', (password) => {
  expect(passwordProblem(password, email)).toBeNull();
});

test('what comes out of chance can be chosen, from the least length to the greatest', () => {
  const chars = { minLength: limits.passwordCharsMin, maxLength: limits.passwordCharsMax };
  fc.assert(
    fc.property(fc.base64String(chars), (text) => {
      fc.pre(new Set(text).size > 8 && !/^\d+$/.test(text));
      expect(passwordProblem(text, email)).toBeNull();
    }),
  );
});

test('nothing that is too short or too long can be chosen', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: limits.passwordCharsMin - 1 }), (text) => {
      expect(passwordProblem(text, email)).toContain('at least 12 characters');
    }),
  );
  expect(passwordProblem('ab c'.repeat(65), email)).toContain('at most 256');
});
