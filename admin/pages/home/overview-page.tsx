/** Is everything flowing? And, for whoever is new, the way to the first delivered event. */
import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Overview, Webhook, WebhookSummary } from '../../api/answers.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { overviewQuery, type Span, summariesQuery } from '../../api/statistics.ts';
import { webhooksQuery } from '../../api/webhooks.ts';
import { useNow } from '../../parts/ago.tsx';
import { Bars } from '../../parts/bars.tsx';
import { Count, counted } from '../../parts/count.tsx';
import { eventTypes } from '../../parts/event-words.ts';
import { Note } from '../../parts/note.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';
import { SpanChoice } from '../../parts/span-choice.tsx';
import { barLabel, deliveryBars } from '../../parts/time-bars.ts';
import charts from '../webhooks/charts.module.css';
import { healthOf, healthSentence, isRefusing } from '../webhooks/health.tsx';
import { FirstSteps } from './first-steps.tsx';

export function OverviewPage() {
  const isAdmin = useIsAdmin();
  const [span, setSpan] = useState<Span>('day');
  const overview = useQuery(overviewQuery(span));
  return (
    <>
      <PageHead title="Overview" actions={<SpanChoice span={span} choose={setSpan} />} />
      <Stack gap="xl">
        {isAdmin && <FirstSteps />}
        {isAdmin ? <NeedsAPerson /> : <Text className="quiet">Which webhooks need somebody is shown to Admins.</Text>}
        <Asked query={overview} what="The overview">
          {(data) => <Shown overview={data} span={span} />}
        </Asked>
      </Stack>
    </>
  );
}

function Shown({ overview: { totals, series, receivedByType }, span }: { overview: Overview; span: Span }) {
  const numbers = [
    { name: 'events in', count: totals.received, tone: 'plain' },
    { name: 'delivered', count: totals.delivered, tone: 'good' },
    { name: 'tries that failed and are made again', count: totals.retried, tone: 'busy' },
    { name: 'failed for good', count: totals.failed, tone: 'bad' },
  ];
  return (
    <>
      <ol className={charts['funnel']} aria-label="In numbers">
        {numbers.map(({ name, count, tone }) => (
          <li key={name} className={count === 0 ? charts['none'] : charts[tone]}>
            <strong>
              <Count value={count} />
            </strong>
            <span>{name}</span>
          </li>
        ))}
      </ol>
      <div className={charts['charts']}>
        <section>
          <Title order={2} size="h5" mb="xs">
            Events in
          </Title>
          <Bars
            title="Events that came in, over time"
            bars={series.map(({ at, received }) => ({
              label: barLabel(at, span),
              parts: [{ name: 'events', tone: 'plain', count: received }],
            }))}
          />
        </section>
        <section>
          <Title order={2} size="h5" mb="xs">
            Deliveries out
          </Title>
          <Bars title="Deliveries that went out, over time" bars={deliveryBars(series, span)} />
        </section>
      </div>
      {receivedByType.length > 0 && (
        <section>
          <Title order={2} size="h5" mb="xs">
            What came in
          </Title>
          <Group gap="xl">
            {receivedByType.map(({ name, count }) => (
              <Text key={name} size="sm">
                {Object.hasOwn(eventTypes, name) ? eventTypes[name as keyof typeof eventTypes] : name}{' '}
                <strong>
                  <Count value={count} />
                </strong>
              </Text>
            ))}
          </Group>
        </section>
      )}
    </>
  );
}

/** Webhooks that do not flow, each in words with the way to it; when all do, that. */
function NeedsAPerson() {
  const webhooks = useQuery(webhooksQuery);
  const summaries = useQuery(summariesQuery);
  const now = useNow();
  if (webhooks.data === undefined || webhooks.data.length === 0) return null;
  const summaryOf = new Map(summaries.data?.map((summary) => [summary.webhookId, summary]));
  const inNeed = webhooks.data.filter((webhook) => needs(webhook, summaryOf.get(webhook.id)));
  const on = webhooks.data.filter(({ enabled }) => enabled);
  if (inNeed.length === 0) {
    if (on.length === 0)
      return (
        <Note tone="off" title="All webhooks are off">
          Nothing is sent until you turn one on.
        </Note>
      );
    return (
      <Note
        tone="good"
        title={on.length === 1 ? 'The one webhook that is on flows' : `All ${on.length} webhooks that are on flow`}
      >
        Nothing needs you.
      </Note>
    );
  }
  return (
    <section aria-label="What needs somebody">
      <Stack gap="sm">
        {inNeed.map((webhook) => {
          const summary = summaryOf.get(webhook.id);
          const { id, name } = webhook;
          return (
            <Note key={id} tone={healthOf(webhook, summary).tone} title={name}>
              {healthSentence(webhook, summary, now)}{' '}
              <Anchor
                renderRoot={(props) => <Link to="/settings/integrations/webhooks/$id" params={{ id }} {...props} />}
              >
                See why, and mend it
              </Anchor>
            </Note>
          );
        })}
      </Stack>
      <Text size="sm" className="quiet" mt="xs">
        {counted(
          on.length - inNeed.filter(({ enabled }) => enabled).length,
          'other webhook flows',
          'other webhooks flow',
        )}
        .
      </Text>
    </section>
  );
}

function needs({ enabled, disabledReason, health }: Webhook, summary: WebhookSummary | undefined): boolean {
  if (!enabled) return disabledReason !== null || (summary?.pendingCount ?? 0) > 0;
  return (health !== null && health.state !== 'flowing') || isRefusing(summary);
}
