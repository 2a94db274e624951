import { expect, test } from 'vitest';
import { mergeHeaders } from './webhook-headers.ts';

test('changes are laid over what is there, without regard to case', () => {
  const present = { 'X-One': '1', 'X-Two': '2' };
  expect(mergeHeaders(present, { 'x-one': 'new', 'X-Three': '3' })).toEqual({
    'x-one': 'new',
    'X-Two': '2',
    'X-Three': '3',
  });
  expect(mergeHeaders(present, { 'X-TWO': null, 'X-Absent': null })).toEqual({ 'X-One': '1' });
  expect(present).toEqual({ 'X-One': '1', 'X-Two': '2' });
});
