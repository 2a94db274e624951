/** What became of what came in for a webhook: the funnel, deliveries and errors over time, and how long attempts took. */
import { Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { WebhookStatistics } from '../../api/answers.ts';
import { type Span, webhookStatisticsQuery } from '../../api/statistics.ts';
import { Bars } from '../../parts/bars.tsx';
import { Count } from '../../parts/count.tsx';
import { Asked } from '../../parts/page.tsx';
import { SpanChoice } from '../../parts/span-choice.tsx';
import { barLabel, deliveryBars } from '../../parts/time-bars.ts';
import classes from './charts.module.css';

export function WebhookCharts({ id }: { id: string }) {
  const [span, setSpan] = useState<Span>('day');
  const statistics = useQuery(webhookStatisticsQuery(id, span));
  return (
    <section>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          How it went
        </Title>
        <SpanChoice span={span} choose={setSpan} />
      </Group>
      <Asked query={statistics} what="The counts" rows={3}>
        {(data) => <Shown statistics={data} span={span} />}
      </Asked>
    </section>
  );
}

function Shown({ statistics, span }: { statistics: WebhookStatistics; span: Span }) {
  const { funnel, series, codes, medianMs, p95Ms } = statistics;
  const hasTimes = series.some((point) => point.medianMs !== null);
  return (
    <>
      <Funnel funnel={funnel} />
      <div className={classes['charts']}>
        <div>
          <Text size="sm" fw={600} mb={4}>
            Deliveries
          </Text>
          <Bars title="Deliveries over time" bars={deliveryBars(series, span)} height={96} />
        </div>
        <div>
          <Text size="sm" fw={600} mb={4}>
            How long an attempt took
            {medianMs !== null && (
              <Text span size="sm" fw={400} className="quiet">
                {' '}
                half within {msText(medianMs)}, 95 of 100 within {msText(p95Ms ?? medianMs)}
              </Text>
            )}
          </Text>
          {hasTimes ? (
            <Bars
              title="Median duration of attempts over time, in milliseconds"
              unit="ms"
              bars={series.map((point) => ({
                label: barLabel(point.at, span),
                parts: [{ name: 'ms in the middle', tone: 'plain', count: Math.round(point.medianMs ?? 0) }],
              }))}
              height={96}
            />
          ) : (
            <Text className="quiet" size="sm">
              No attempt was made in this time.
            </Text>
          )}
        </div>
        {codes.length > 0 && (
          <div>
            <Text size="sm" fw={600} mb={4}>
              Errors
            </Text>
            <Table>
              <Table.Tbody>
                {codes.slice(0, 6).map(({ name, count }) => (
                  <Table.Tr key={name}>
                    <Table.Td className="mono">{name}</Table.Td>
                    <Table.Td ta="right">
                      <Count value={count} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </div>
    </>
  );
}

function Funnel({ funnel }: { funnel: WebhookStatistics['funnel'] }) {
  const { received, matched, delivered, retryingCount, pendingCount, failed } = funnel;
  const steps = [
    { name: 'received', count: received, words: 'Events that came in, of all types.' },
    { name: 'matched', count: matched, words: 'Those that it has chosen.' },
    { name: 'delivered', count: delivered, words: 'Answered with a 2xx.', tone: 'good' },
    { name: 'waiting now', count: pendingCount - retryingCount, words: 'Not tried yet.', tone: 'busy' },
    { name: 'retrying now', count: retryingCount, words: 'Tried, and to be tried again.', tone: 'busy' },
    { name: 'failed', count: failed, words: 'Given up; kept, to be sent again.', tone: 'bad' },
  ];
  return (
    <ol className={classes['funnel']} aria-label="Funnel">
      {steps.map(({ name, count, words, tone }) => (
        <li key={name} title={words} className={count === 0 ? classes['none'] : classes[tone ?? 'plain']}>
          <strong>
            <Count value={count} />
          </strong>
          <span>{name}</span>
        </li>
      ))}
    </ol>
  );
}

function msText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
