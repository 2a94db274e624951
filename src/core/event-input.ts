/**
 * What a door hands to the ledger: a call from outside, parsed, within all limits, its clock corrected, and not yet
 * resolved to a visitor. Everything in it survives a structured clone, because it crosses to the data thread.
 */
import type { Door, EventType } from './event.ts';

export interface EventInput {
  appId: number;
  door: Door;
  receivedAt: number;
  /** Epoch milliseconds, corrected for the sender's clock and within bounds. */
  occurredAt: number;
  timeReplaced: boolean;
  /** Two inputs with the same id within 24 hours in one app are one. Null: never a repeat. */
  messageId: string | null;
  /** The visitor who acts; an anonymous one starts with `_PENDO_T_`. */
  visitorId: string;
  /** The anonymous visitor that the same caller was before, with its prefix; joined to a named `visitorId` by identify and alias. */
  anonymousId: string | null;
  /** The account that the call names. Null: the visitor's last one. */
  accountId: string | null;
  userAgent: string;
  /** What the exclude list is matched against, beside the ids. Null: not known or not recorded. */
  ip: string | null;
  /** Host, with port when one was given, of the page on which it happened. */
  host: string | null;
  act: Act;
}

export type Act =
  | {
      kind: 'event';
      /** `click` is recorded and not pushed. Never `visitorCreated` or `accountCreated`: those only the ledger makes. */
      type: Exclude<EventType, 'visitorCreated' | 'accountCreated'> | 'click';
      /** Compact JSON of an object, keys in alphabetical order. */
      propertiesJson: string;
      url: string;
      title: string;
      agentVersion: string | null;
      /** A poll or NPS event of an agent that is too old to be pushed. */
      agentTooOld: boolean;
    }
  | { kind: 'identify'; visitorMetadata: Metadata; accountMetadata: Metadata }
  | { kind: 'group'; accountMetadata: Metadata }
  /**
   * `previousId`, as it was sent, becomes one with `visitorId` if it is anonymous. `looksAnonymous` is what the door makes of
   * it; it counts only where nobody is known by that id.
   */
  | { kind: 'alias'; previousId: string; looksAnonymous: boolean };

/** What is known of a visitor or an account: keys in lower case, values JSON scalars or arrays of them. */
export type Metadata = Record<string, MetadataValue>;
export type MetadataValue = string | number | boolean | null | (string | number | boolean | null)[];

/** Whose word a piece of metadata is. `auto` is what we worked out ourselves. */
export const metadataGroups = ['auto', 'agent', 'segment', 'custom'] as const;
export type MetadataGroup = (typeof metadataGroups)[number];
export type MetadataByGroup = Partial<Record<MetadataGroup, Metadata>>;

/** Something a door did not take although it answered 2xx, kept so that a person can see and mend it. */
export interface IngestionWarning {
  /** Null when no app could be told, as for an unknown key. */
  appId: number | null;
  door: Door;
  /** A stable code, such as `missing_id` or `track_off`. */
  reason: string;
  /** Names what is wrong, where, and how to mend it. */
  message: string;
  /** The field at fault, as a path from the event's root (`properties.groupId`); empty when it is the whole event. */
  field: string;
  messageId: string | null;
  /** The start of what was refused, as JSON. */
  sample: string;
  receivedAt: number;
  /** The visitors that it names, as visitor ids. Not kept: it is for the ledger, which knows of whom no sample may be. */
  visitorIds?: readonly string[];
}
