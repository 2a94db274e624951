/** A webhook as the form holds it, where every field is text that may not be right yet; and what of it is sent. */
import type { NewWebhook, Webhook, WebhookChanges } from '../../api/answers.ts';
import type { ChosenType } from './event-choice-words.ts';

export interface Draft {
  name: string;
  type: Webhook['type'];
  url: string;
  /** Empty: none for a new one, and for one that is there as it is. */
  secret: string;
  removesSecret: boolean;
  writeKey: string;
  region: 'us' | 'eu';
  isAll: boolean;
  chosen: readonly ChosenType[];
  headers: readonly HeaderDraft[];
  timeoutSeconds: string | number;
  /** Seconds, with commas between them. */
  retryDelays: string;
  ratePerSecond: string | number;
  rateBurst: string | number;
  signaturePrefix: Webhook['signaturePrefix'];
  hubSignature: boolean;
}

export interface HeaderDraft {
  /** For React, and nobody else. */
  key: number;
  name: string;
  /** Of one that is there already, empty stands for as it is: nobody is shown it again. */
  value: string;
  isSaved: boolean;
}

export const newDraft: Draft = {
  name: '',
  type: 'url',
  url: '',
  secret: '',
  removesSecret: false,
  writeKey: '',
  region: 'us',
  isAll: true,
  chosen: [],
  headers: [],
  timeoutSeconds: 300,
  retryDelays: '5, 30, 120, 600, 1800',
  ratePerSecond: '',
  rateBurst: '',
  signaturePrefix: '',
  hubSignature: false,
};

export function draftOf(webhook: Webhook): Draft {
  const { name, type, url, region, events, headers, timeoutSeconds, retryDelaysSeconds, ratePerSecond, rateBurst } =
    webhook;
  return {
    ...newDraft,
    name,
    type,
    url: type === 'url' ? url : '',
    region: region === 'eu' ? 'eu' : 'us',
    isAll: events === 'all',
    chosen: events === 'all' ? [] : events,
    headers: Object.keys(headers).map((header, key) => ({ key, name: header, value: '', isSaved: true })),
    timeoutSeconds,
    retryDelays: retryDelaysSeconds.join(', '),
    ratePerSecond: ratePerSecond ?? '',
    rateBurst: rateBurst ?? '',
    signaturePrefix: webhook.signaturePrefix,
    hubSignature: webhook.hubSignature,
  };
}

export type DraftProblems = Partial<Record<keyof Draft | 'events', string>>;

/** What can be seen to be wrong before anybody is asked; `isNew` asks for more. */
export function problemsOf(draft: Draft, isNew: boolean): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'Give it a name, such as where it goes and what is sent.';
  if (draft.type === 'url') {
    const problem = urlProblem(draft.url.trim());
    if (problem !== null) problems.url = problem;
  } else if (isNew && draft.writeKey.trim() === '') {
    problems.writeKey = 'Copy it from Segment: Overview > Installation.';
  }
  if (!draft.isAll && draft.chosen.length === 0) problems.events = 'Choose at least one category.';
  if (retryDelaysOf(draft) === null) {
    problems.retryDelays = 'Write seconds with commas between them, such as 5, 30, 120. Empty for no retries.';
  }
  return problems;
}

function urlProblem(url: string): string | null {
  if (url === '') return 'Add the URL to which events are sent.';
  const parsed = URL.parse(url);
  if (parsed === null) return 'This is not a URL. It begins with https:// and then has the name of the host.';
  return ['http:', 'https:'].includes(parsed.protocol)
    ? null
    : 'A webhook posts to https:// (or http://) addresses only.';
}

/** Null for what are no numbers. */
function retryDelaysOf({ retryDelays }: Draft): number[] | null {
  const parts = retryDelays
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map(Number);
  return parts.every((part) => Number.isFinite(part) && part > 0) ? parts : null;
}

export function newWebhookOf(draft: Draft): NewWebhook {
  const { type, secret, headers } = draft;
  const named = headers.filter(({ name }) => name.trim() !== '');
  return {
    ...commonOf(draft),
    type,
    ...(type === 'url'
      ? { url: draft.url.trim(), ...(secret === '' ? {} : { secret }) }
      : { writeKey: draft.writeKey.trim(), region: draft.region }),
    ...(named.length === 0
      ? {}
      : { headers: Object.fromEntries(named.map(({ name, value }) => [name.trim(), value])) }),
  };
}

/** `saved` says which headers were there, so that those that are gone are taken away. */
export function changesOf(draft: Draft, saved: Webhook): WebhookChanges {
  const { type, secret, removesSecret, writeKey } = draft;
  const kept = new Set(draft.headers.map(({ name }) => name.trim()));
  const taken = Object.keys(saved.headers).filter((name) => !kept.has(name));
  const set = draft.headers.filter(({ name, value, isSaved }) => name.trim() !== '' && !(isSaved && value === ''));
  const headers = Object.fromEntries([
    ...taken.map((name) => [name, null]),
    ...set.map(({ name, value }) => [name.trim(), value]),
  ]) as Record<string, string | null>;
  return {
    ...commonOf(draft),
    ...(type === 'url' ? { url: draft.url.trim() } : { region: draft.region }),
    ...(type === 'url' && removesSecret ? { secret: null } : type === 'url' && secret !== '' ? { secret } : {}),
    ...(type === 'segment' && writeKey.trim() !== '' ? { writeKey: writeKey.trim() } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

function commonOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    events: draft.isAll ? ('all' as const) : [...draft.chosen],
    timeoutSeconds: Number(draft.timeoutSeconds),
    retryDelaysSeconds: retryDelaysOf(draft) ?? [],
    ratePerSecond: draft.ratePerSecond === '' ? null : Number(draft.ratePerSecond),
    ...(draft.ratePerSecond === '' ? {} : { rateBurst: draft.rateBurst === '' ? null : Number(draft.rateBurst) }),
    ...(draft.type === 'url' ? { signaturePrefix: draft.signaturePrefix, hubSignature: draft.hubSignature } : {}),
  };
}
