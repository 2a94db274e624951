/**
 * A webhook is a registered receiver. Its settings as people see them, and the target that the sending side works with.
 */
import type { EventChoice } from './event.ts';
import { limits } from './limits.ts';

export const webhookTypes = ['url', 'segment'] as const;
export type WebhookType = (typeof webhookTypes)[number];

export const segmentRegions = ['us', 'eu'] as const;
export type SegmentRegion = (typeof segmentRegions)[number];

/** How an event is written for a webhook type: `pendo` is the envelope of a Pendo webhook, `segment` a track call. */
export type BodyFormat = 'pendo' | 'segment';

/** What precedes the hex digits in `X-Pendo-Signature`. Pendo's own form is not documented; GitHub's has `sha256=`. */
export const signaturePrefixes = ['', 'sha256='] as const;
export type SignaturePrefix = (typeof signaturePrefixes)[number];

/** The settings that a person can read; of secrets only whether they are set and how they end. */
export interface Webhook {
  id: string;
  name: string;
  type: WebhookType;
  /** Where it posts to. For the Segment type this follows from the region. */
  url: string;
  region: SegmentRegion | null;
  events: EventChoice;
  enabled: boolean;
  /** Why the server switched it off by itself, in a sentence. */
  disabledReason: string | null;
  headers: Record<string, string>;
  timeoutMs: number;
  /** Delays before each retry, in milliseconds; the n-th failure waits for the n-th of them. */
  retryDelaysMs: number[];
  signaturePrefix: SignaturePrefix;
  /** Whether `X-Hub-Signature-256` is sent too, as GitHub does, with the receiver's own secret. */
  hubSignature: boolean;
  /** Deliveries per second, or null for no limit. */
  ratePerSecond: number | null;
  /** How many of them may start at once after a quiet time; null for as many as a second has. */
  rateBurst: number | null;
  /** Hints of the secrets, such as `whsec_…x3Kq`; null where none is set. */
  secretHint: string | null;
  writeKeyHint: string | null;
  signingSecretHint: string;
  /** Until when the former signing secret signs beside the present one. May be past; null: there is none. */
  formerSigningEndsAt: number | null;
  createdAt: number;
  changedAt: number;
}

/** What creating or changing a webhook can set. */
export interface WebhookSettings {
  name: string;
  type: WebhookType;
  url: string | null;
  /** The receiver's own secret, free-form; signs `X-Pendo-Signature`. Null: that header is left out. */
  secret: string | null;
  writeKey: string | null;
  region: SegmentRegion | null;
  events: EventChoice;
  headers: Record<string, string>;
  timeoutMs: number;
  retryDelaysMs: number[];
  signaturePrefix: SignaturePrefix;
  hubSignature: boolean;
  ratePerSecond: number | null;
  rateBurst: number | null;
}

/** A webhook as the sending side needs it: secrets in the clear, in memory only. */
export interface WebhookTarget {
  id: string;
  name: string;
  type: WebhookType;
  format: BodyFormat;
  url: string;
  headers: Record<string, string>;
  secret: string | null;
  writeKey: string | null;
  /** `whsec_` and base64: the Standard Webhooks secret that we made. */
  signingSecret: string;
  /** The one before it, which signs too until then. */
  formerSigning: { secret: string; endsAt: number } | null;
  /** A stored secret could not be decrypted: every attempt fails visibly, and none is sent unsigned. */
  secretsUnreadable: boolean;
  events: EventChoice;
  enabled: boolean;
  timeoutMs: number;
  retryDelaysMs: number[];
  signaturePrefix: SignaturePrefix;
  hubSignature: boolean;
  ratePerSecond: number | null;
  rateBurst: number | null;
}

/** What to know of a receiver's own secret, in a sentence that does not tell it; null when all is well. */
export function secretWarning(secret: string | null): string | null {
  if (secret === null || Buffer.byteLength(secret) >= limits.secretBytesAdvised) return null;
  return `The secret has fewer than ${limits.secretBytesAdvised} bytes, so that whoever sees one delivery may guess it. Make a longer one, for example with: openssl rand -base64 32`;
}

export function formatOf(type: WebhookType): BodyFormat {
  return type === 'segment' ? 'segment' : 'pendo';
}
