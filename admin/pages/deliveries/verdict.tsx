/** What became of a delivery and what happens next, as a sentence: "503 is retried; try 3 of 6 goes out at 14:03:10, in 42 s". */
import type { DeliveryTrace } from '../../api/answers.ts';
import { Ago, clockText } from '../../parts/ago.tsx';
import { deliveryStates } from '../../parts/event-words.ts';
import { Note } from '../../parts/note.tsx';

export function Verdict({ of }: { of: DeliveryTrace }) {
  const { state, meaning, remedy, next } = of;
  return (
    <Note tone={deliveryStates[state].tone} title={title(of)}>
      {meaning !== null && state !== 'delivered' && <div>{meaning}</div>}
      {next !== null && (
        <div>
          {next.words}
          {next.reason === 'receiver_down' ? (
            <NextProbe at={next.probeAt} />
          ) : (
            isAhead(next.at) && (
              <>
                {' '}
                It goes out at {clockText(next.at)}, <Ago at={next.at} />.
              </>
            )
          )}
        </div>
      )}
      {remedy !== null && state !== 'delivered' && (
        <div>
          <strong>To mend it:</strong> {remedy}
        </div>
      )}
    </Note>
  );
}

function NextProbe({ at }: { at: string | null }) {
  if (at === null) return ' One is on its way now.';
  return isAhead(at) ? (
    <>
      {' '}
      The next one goes out at {clockText(at)}, <Ago at={at} />.
    </>
  ) : null;
}

function isAhead(at: string | null): at is string {
  return at !== null && Date.parse(at) > Date.now();
}

function title({ state, attemptCount, finishedAt, lastStatus, next }: DeliveryTrace): string {
  const tries = attemptCount === 1 ? 'at the first try' : `after ${attemptCount} tries`;
  const words = {
    delivered: `Delivered ${tries}, at ${finishedAt === null ? 'an unknown time' : clockText(finishedAt)}. The answer was ${lastStatus}.`,
    failed: `Failed ${tries}. It is kept, and is sent again when somebody asks for it.`,
    cancelled: 'Cancelled: its webhook was deleted, or what it held was discarded.',
    held: 'Held, because its webhook is off.',
    pending: pendingTitle(next, attemptCount),
  };
  return words[state];
}

function pendingTitle(next: DeliveryTrace['next'], attemptCount: number): string {
  if (next?.reason === 'receiver_down') return 'Waiting for its receiver to come back.';
  return next === null || next.retry === null ? 'On its way.' : `Waiting for try ${attemptCount + 1}.`;
}
