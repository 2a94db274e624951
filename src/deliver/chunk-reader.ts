/**
 * Reads a chunked body (RFC 9112 §7.1) as its bytes come, cut anywhere. Sizes, extensions and trailers have one bound
 * together over the whole body, since a receiver could go on with them for ever without a byte of content.
 *
 *   size → (extension) → LF → data → CR → LF → size …, and after a size of 0 the trailer's lines up to an empty one
 */
import { limits } from '../core/limits.ts';
import { isField } from './answer-head.ts';

/** Where the content goes. The bytes are valid only during the call. */
export interface BodySink {
  keep(bytes: Buffer, start: number, end: number): void;
}

export class ChunkReader {
  /** `broken`: this is no chunked body, or one beyond the bound. */
  state: 'reading' | 'complete' | 'broken' = 'reading';
  #step: Step = 'size';
  /** Of the size that is being read, then what is left of its data. */
  #size = 0;
  #digits = 0;
  #overheadBytes = 0;
  #trailer = '';

  /** Reads from `at` on and returns where it stopped: at `end`, or behind what it was done with. */
  read(bytes: Buffer, at: number, end: number, sink: BodySink): number {
    let next = at;
    while (next < end && this.state === 'reading') {
      if (this.#step === 'data') {
        const dataEnd = Math.min(end, next + this.#size);
        sink.keep(bytes, next, dataEnd);
        this.#size -= dataEnd - next;
        next = dataEnd;
        if (this.#size === 0) this.#step = 'data CR';
      } else {
        this.#takeByte(bytes[next] ?? 0);
        next += 1;
      }
    }
    return next;
  }

  #takeByte(byte: number): void {
    switch (this.#step) {
      case 'size':
        return this.#takeSize(byte);
      case 'extension':
        if (byte === carriageReturn) this.#step = 'size LF';
        else if (isControl(byte)) this.state = 'broken';
        return this.#countOverhead();
      case 'size LF':
        if (byte !== lineFeed) this.state = 'broken';
        this.#step = this.#size === 0 ? 'trailer' : 'data';
        return;
      case 'data CR':
        if (byte !== carriageReturn) this.state = 'broken';
        this.#step = 'data LF';
        return;
      case 'data LF':
        if (byte !== lineFeed) this.state = 'broken';
        this.#step = 'size';
        this.#digits = 0;
        return;
      case 'trailer':
        if (byte === carriageReturn) this.#step = 'trailer LF';
        else if (isControl(byte)) this.state = 'broken';
        else this.#trailer += String.fromCharCode(byte);
        return this.#countOverhead();
      case 'trailer LF':
        return this.#takeTrailerEnd(byte);
      case 'data':
        return;
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0 && this.#digits < sizeDigitsMax) {
      this.#size = this.#size * 16 + digit;
      this.#digits += 1;
      return this.#countOverhead();
    }
    if (this.#digits === 0) this.state = 'broken';
    else if (byte === carriageReturn) this.#step = 'size LF';
    else if (byte === semicolon || byte === space || byte === tab) this.#step = 'extension';
    else this.state = 'broken';
  }

  #takeTrailerEnd(byte: number): void {
    if (byte !== lineFeed) this.state = 'broken';
    else if (this.#trailer === '') this.state = 'complete';
    else if (!isField(this.#trailer)) this.state = 'broken';
    this.#trailer = '';
    this.#step = 'trailer';
  }

  #countOverhead(): void {
    this.#overheadBytes += 1;
    if (this.#overheadBytes > limits.chunkOverheadBytesMax) this.state = 'broken';
  }
}

type Step = 'size' | 'extension' | 'size LF' | 'data' | 'data CR' | 'data LF' | 'trailer' | 'trailer LF';

/** A chunk of 16 million petabytes is nobody's; with so many digits the number is exact. */
const sizeDigitsMax = 12;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const semicolon = 0x3b;

function isControl(byte: number): boolean {
  return (byte < space && byte !== tab) || byte === 0x7f;
}

/** -1: it is none. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
