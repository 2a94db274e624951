/** How it goes with a webhook, in words. */
import type { Webhook, WebhookSummary } from '../../api/answers.ts';
import { clockText, useNow } from '../../parts/ago.tsx';
import { counted } from '../../parts/count.tsx';
import { inWords } from '../../parts/moment-words.ts';
import { State, type Tone } from '../../parts/state.tsx';

export function Health({ webhook, summary }: { webhook: Webhook; summary: WebhookSummary | undefined }) {
  const { tone, words } = healthOf(webhook, summary);
  return <State tone={tone}>{words}</State>;
}

/** `summary` is what happened in the last hour; without it nothing is known of what was refused for good. */
export function healthOf(
  { enabled, disabledReason, health }: Webhook,
  summary?: WebhookSummary,
): { tone: Tone; words: string } {
  if (!enabled) return disabledReason === null ? { tone: 'off', words: 'off' } : { tone: 'bad', words: 'switched off' };
  if (health === null) return { tone: 'good', words: 'on' };
  if (health.state === 'flowing' && isRefusing(summary)) return { tone: 'bad', words: 'refusing' };
  const of = {
    flowing: { tone: 'good', words: 'flowing' },
    slowed: { tone: 'busy', words: 'slowed' },
    waiting: { tone: 'bad', words: 'waiting' },
  } as const;
  return of[health.state];
}

/** Whether the receiver answers, but refuses more than it takes. */
export function isRefusing(summary: WebhookSummary | undefined): boolean {
  const { failed, delivered } = lastHourOf(summary);
  return failed > delivered;
}

function lastHourOf(summary: WebhookSummary | undefined): { delivered: number; failed: number } {
  const sum = { delivered: 0, failed: 0 };
  for (const { delivered, failed } of summary?.lastHour ?? []) {
    sum.delivered += delivered;
    sum.failed += failed;
  }
  return sum;
}

/** A sentence or two: what is so, since when, and what happens next. */
export function HealthWords({ webhook, summary }: { webhook: Webhook; summary: WebhookSummary | undefined }) {
  return healthSentence(webhook, summary, useNow());
}

export function healthSentence(
  { enabled, disabledReason, health }: Webhook,
  summary: WebhookSummary | undefined,
  now: number,
): string {
  const pendingCount = summary?.pendingCount ?? 0;
  const { failed, delivered } = lastHourOf(summary);
  const safe = pendingCount === 0 ? '' : ` ${counted(pendingCount, 'delivery is', 'deliveries are')} safe.`;
  if (!enabled) {
    if (disabledReason !== null) return `${disabledReason}${safe}`;
    return pendingCount === 0
      ? 'Off: nothing is sent, and events that come meanwhile are not for it.'
      : `Off: ${counted(pendingCount, 'delivery is', 'deliveries are')} held and will be sent when you turn it on.`;
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
      if (isRefusing(summary)) {
        return `The receiver answers, but in the last hour it refused ${counted(failed, 'delivery', 'deliveries')} for good and took ${delivered.toLocaleString('en')}. They are kept, to be sent again when that is mended.`;
      }
      return failuresInARow > 0
        ? `Flowing, with ${failuresInARow} failures in a row that are tried again (${lastError ?? 'no answer'}).`
        : `Flowing since ${clockText(since)}.`;
    default:
      return state;
  }
}
