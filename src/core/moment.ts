/**
 * When something happened, by the word of a sender whose clock may be wrong. Never throws, whatever it is given, and
 * always answers with a moment that can be kept.
 */
import { limits } from './limits.ts';

export interface SenderTime {
  /** What the sender says of the event: ISO-8601, or a number of epoch milliseconds or seconds. Undefined or null: nothing. */
  at: unknown;
  /** When it sent the request, by the same clock; null when it did not say. */
  sentAt: number | null;
  receivedAt: number;
}

/**
 * Corrects for the sender's clock as Segment does, `receivedAt − (sentAt − at)`. What is then more than a day ahead or 30
 * days back, or cannot be read at all, is replaced by the time of receipt and flagged.
 */
export function correctedMoment({ at, sentAt, receivedAt }: SenderTime): { at: number; replaced: boolean } {
  if (at === undefined || at === null) return { at: receivedAt, replaced: false };
  const original = readMoment(at);
  if (original === null) return { at: receivedAt, replaced: true };
  const corrected = sentAt === null ? original : receivedAt - (sentAt - original);
  const within = corrected <= receivedAt + limits.timeAheadMaxMs && corrected >= receivedAt - limits.timeBackMaxMs;
  return within ? { at: corrected, replaced: false } : { at: receivedAt, replaced: true };
}

/** Epoch milliseconds, or null for what is no moment. */
export function readMoment(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string' || value.length > isoCharsMax) return null;
  // What JavaScript writes, and so nearly all that comes; a match without groups costs a third of one with them.
  if (usualPattern.test(value)) return orNull(Date.parse(value));
  const iso = isoPattern.exec(value);
  if (iso === null) return null;
  // `Date.parse` reads a time without a zone as local, which would differ from server to server; we read it as UTC.
  const [, day = '', time, fraction = '', zone = 'Z'] = iso;
  const zoneWithColon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return orNull(Date.parse(time === undefined ? day : `${day}T${time}${fraction}${zoneWithColon}`));
}

function orNull(at: number): number | null {
  return Number.isNaN(at) ? null : at;
}

/** Seconds below this, milliseconds above: as milliseconds it is March 1973, as seconds the year 5138. */
const secondsBelow = 100_000_000_000;

/** The outermost moments that a Date can be. */
const dateMaxMs = 8_640_000_000_000_000;

function fromNumber(value: number): number | null {
  const at = Math.round(Math.abs(value) < secondsBelow ? value * 1000 : value);
  return Math.abs(at) <= dateMaxMs ? at : null;
}

const isoCharsMax = 40;

const usualPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Day; then, after T or a space, time; fraction (any length: Python sends microseconds); zone. */
const isoPattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?$/;
