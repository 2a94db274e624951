/** How it goes with a webhook, in words. */
import type { Webhook } from '../../api/answers.ts';
import { clockText, useNow } from '../../parts/ago.tsx';
import { inWords } from '../../parts/moment-words.ts';
import { State, type Tone } from '../../parts/state.tsx';

export function Health({ webhook }: { webhook: Webhook }) {
  const { tone, words } = healthOf(webhook);
  return <State tone={tone}>{words}</State>;
}

export function healthOf({ enabled, disabledReason, health }: Webhook): { tone: Tone; words: string } {
  if (!enabled)
    return { tone: disabledReason === null ? 'off' : 'bad', words: disabledReason === null ? 'off' : 'switched off' };
  if (health === null) return { tone: 'good', words: 'on' };
  const of = {
    flowing: { tone: 'good', words: 'flowing' },
    slowed: { tone: 'busy', words: 'slowed' },
    waiting: { tone: 'bad', words: 'waiting' },
  } as const;
  return of[health.state];
}

/** A sentence or two: what is so, since when, and what happens next. */
export function HealthWords({ webhook, pendingCount }: { webhook: Webhook; pendingCount: number | null }) {
  const now = useNow();
  return healthSentence(webhook, pendingCount, now);
}

export function healthSentence(
  { enabled, disabledReason, health }: Webhook,
  pendingCount: number | null,
  now: number,
): string {
  const safe =
    pendingCount === null || pendingCount === 0 ? '' : ` ${pendingCount.toLocaleString('en')} deliveries are safe.`;
  if (!enabled) {
    if (disabledReason !== null) return `${disabledReason}${safe}`;
    return pendingCount === null || pendingCount === 0
      ? 'Off: nothing is sent, and events that come meanwhile are not for it.'
      : `Off: ${pendingCount.toLocaleString('en')} deliveries are held and will be sent when you turn it on.`;
  }
  if (health === null) return 'On. Another node sends for it, and knows how it goes.';
  const { state, since, nextProbeAt, lastError, failuresInARow } = health;
  switch (state) {
    case 'waiting':
      return (
        `Waiting since ${clockText(since)}: the receiver is down (${lastError ?? 'no answer'}).` +
        `${nextProbeAt === null ? '' : ` Next probe ${inWords(nextProbeAt, now)}.`}${safe}`
      );
    case 'slowed':
      return `Slowed since ${clockText(since)}: fewer requests at once, because the receiver is slow, fails or is barely back.${safe}`;
    case 'flowing':
      return failuresInARow > 0
        ? `Flowing, with ${failuresInARow} failures in a row that are tried again (${lastError ?? 'no answer'}).`
        : `Flowing since ${clockText(since)}.`;
    default:
      return state;
  }
}
