/** The attempts of a delivery, to choose the one that is shown. */
import { Text, UnstyledButton } from '@mantine/core';
import type { Attempt } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { State } from '../../parts/state.tsx';
import classes from './attempt.module.css';

const reasons: Readonly<Record<Attempt['reason'], string>> = {
  first: 'first try',
  retry: 'retry',
  replay: 'asked for',
};

export function AttemptTabs({
  attempts,
  chosen,
  choose,
}: {
  attempts: readonly Attempt[];
  chosen: number | null;
  choose: (number: number) => void;
}) {
  if (attempts.length === 0) {
    return <Text className="quiet">No attempt has been made yet.</Text>;
  }
  return (
    <div className={classes['tabs']} role="group" aria-label="Attempts">
      {attempts.map(({ number, reason, code, status, startedAt }) => (
        <UnstyledButton
          key={number}
          className={classes['tab'] ?? ''}
          aria-pressed={number === chosen}
          onClick={() => choose(number)}
        >
          <span>
            Try {number} <span className="quiet">({reasons[reason]})</span>
          </span>
          <State tone={code === null ? 'good' : 'bad'}>
            {code === null || code.startsWith('http_') ? String(status) : code}
          </State>
          <Text span size="xs" className="quiet">
            <Ago at={startedAt} />
          </Text>
        </UnstyledButton>
      ))}
    </div>
  );
}
