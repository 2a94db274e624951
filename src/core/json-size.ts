/**
 * How large a parsed JSON value is, without writing it out: bytes of its compact JSON in UTF-8. Events inside a batch are
 * held to the same limit as those that come alone, and of a batch only the whole was counted while it was read.
 */
import { isJsonObject } from './json-object.ts';
import { limits } from './limits.ts';

/**
 * Stops as soon as `bytesMax` is passed or it nests too deep, so that no value makes it slow or overflows the stack. Nearly
 * all are so small that they would fit if every character of theirs had to be escaped, which takes a fifth of the time.
 */
export function jsonSize(value: unknown, bytesMax: number): 'fits' | 'too_large' | 'too_deep' {
  const depthMax = limits.jsonDepthMax + 1;
  if (bytesLeft(value, bytesMax, depthMax, textBytesMax) >= 0) return 'fits';
  const left = bytesLeft(value, bytesMax, depthMax, textBytes);
  return left >= 0 ? 'fits' : left === tooDeep ? 'too_deep' : 'too_large';
}

const tooDeep = Number.NEGATIVE_INFINITY;

/** What remains of the room after this value; negative when it did not suffice. */
function bytesLeft(value: unknown, room: number, depthLeft: number, bytesOf: (text: string) => number): number {
  if (typeof value === 'string') return room - bytesOf(value);
  if (typeof value === 'object' && value !== null && depthLeft === 0) return tooDeep;
  let isFirst = true;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      left = bytesLeft(item, isFirst ? left : left - 1, depthLeft - 1, bytesOf);
      if (left < 0) return left;
      isFirst = false;
    }
    return left;
  }
  if (!isJsonObject(value)) return room - String(value).length;
  for (const key of Object.keys(value)) {
    left -= bytesOf(key) + (isFirst ? 1 : 2);
    left = bytesLeft(value[key], left, depthLeft - 1, bytesOf);
    if (left < 0) return left;
    isFirst = false;
  }
  return left;
}

/** As if each character were written as `\u0000`. */
function textBytesMax(text: string): number {
  return text.length * 6 + 2;
}

function textBytes(text: string): number {
  return oneByteEach.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}

/** ASCII without anything that JSON escapes. */
const oneByteEach = /^[ !#-[\]-\x7e]*$/;
