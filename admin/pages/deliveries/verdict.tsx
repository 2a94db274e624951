/** What became of a delivery and what happens next, as a sentence: "503 is retried; try 3 of 6 goes out at 14:03:10, in 42 s". */
import { Alert, Text } from '@mantine/core';
import type { DeliveryTrace } from '../../api/answers.ts';
import { Ago, clockText } from '../../parts/ago.tsx';

const colors = { pending: 'brass', held: 'gray', delivered: 'green', failed: 'red', cancelled: 'gray' } as const;

export function Verdict({ of }: { of: DeliveryTrace }) {
  const { state, meaning, remedy, next } = of;
  return (
    <Alert color={colors[state]} title={title(of)} role="status">
      {meaning !== null && state !== 'delivered' && <Text size="sm">{meaning}</Text>}
      {next !== null && (
        <Text size="sm">
          {next.words}
          {next.at !== null && (
            <>
              {' '}
              It goes out at {clockText(next.at)}, <Ago at={next.at} />.
            </>
          )}
        </Text>
      )}
      {remedy !== null && state !== 'delivered' && (
        <Text size="sm" mt={4}>
          <strong>To mend it:</strong> {remedy}
        </Text>
      )}
    </Alert>
  );
}

function title({ state, attemptCount, finishedAt, lastStatus, next }: DeliveryTrace): string {
  const tries = attemptCount === 1 ? 'at the first try' : `after ${attemptCount} tries`;
  const isFirst = next === null || next.retry === null;
  const words = {
    delivered: `Delivered ${tries}, at ${finishedAt === null ? 'an unknown time' : clockText(finishedAt)}. The answer was ${lastStatus}.`,
    failed: `Failed ${tries}. It is kept, and is sent again when somebody asks for it.`,
    cancelled: 'Cancelled: its webhook was deleted, or what it held was discarded.',
    held: 'Held, because its webhook is off.',
    pending: isFirst ? 'On its way.' : `Waiting for try ${attemptCount + 1}.`,
  };
  return words[state];
}
