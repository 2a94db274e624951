/**
 * Sends many deliveries again: those that are chosen, or all that fit the filter. What it would send is counted first; then
 * its progress is shown, and it can be stopped.
 */
import { Alert, Button, Checkbox, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Replay, ReplayCount, ReplayRequest } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { Count, counted } from '../../parts/count.tsx';
import { DialogEnd, FormTrouble } from '../../parts/form.tsx';
import { Loading } from '../../parts/page.tsx';
import { ReplayProgress } from './replay-progress.tsx';

type ReplayState = NonNullable<ReplayRequest['states']>[number];

interface Wanted {
  selected: ReadonlySet<string>;
  filter: Readonly<Record<string, string | undefined>>;
  started: () => void;
}

const stateNames: Readonly<Record<ReplayState, string>> = {
  failed: 'Failed',
  delivered: 'Delivered (the receiver gets them once more)',
  cancelled: 'Cancelled',
  never_attempted: 'Events that this webhook never got, because it was off, came later or had not chosen them',
};

export function SendAgain({ selected, filter, started }: Wanted) {
  const [isOpen, setOpen] = useState(false);
  const label = selected.size > 0 ? `Send ${counted(selected.size, 'delivery', 'deliveries')} again` : 'Send again…';
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title="Send again" size="lg">
        {isOpen && <Choose selected={selected} filter={filter} started={started} close={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Choose({ selected, filter, started, close }: Wanted & { close: () => void }) {
  const [states, setStates] = useState<string[]>(['failed']);
  const [replayId, setReplayId] = useState<string | null>(null);
  const body = requestOf(selected, filter, states as ReplayState[]);
  const count = useQuery({
    queryKey: ['replay-count', body],
    queryFn: () => ask<ReplayCount>('POST', '/replays/count', { body }),
    enabled: replayId === null && (selected.size > 0 || states.length > 0),
    staleTime: 0,
    retry: false,
  });
  const replaying = useMutation({
    mutationFn: () => ask<Replay>('POST', '/replays', { body }),
    onSuccess(replay) {
      setReplayId(replay.id);
      void queries.invalidateQueries({ queryKey: ['replays'] });
    },
  });

  if (replayId !== null) {
    return (
      <Stack>
        <ReplayProgress id={replayId} />
        <Group justify="flex-end">
          <Button
            onClick={() => {
              close();
              started();
            }}
          >
            Close
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack>
      {selected.size === 0 && (
        <Checkbox.Group label="What to send, of what the filters show" value={states} onChange={setStates}>
          <Stack gap="xs" mt="xs">
            {Object.entries(stateNames).map(([value, label]) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      {count.data !== undefined ? <Counted count={count.data} /> : count.isFetching ? <Loading rows={1} /> : null}
      <FormTrouble error={count.error ?? replaying.error} />
      <Text size="sm" className="quiet">
        New events go first: a replay is slower than live traffic and disturbs none of it. It goes on after a restart.
      </Text>
      <DialogEnd cancel={close}>
        <Button
          disabled={count.data === undefined || count.data.matched === 0}
          loading={replaying.isPending}
          onClick={() => replaying.mutate()}
        >
          {count.data === undefined
            ? 'Send again'
            : `Send ${counted(count.data.matched, 'delivery', 'deliveries')} again`}
        </Button>
      </DialogEnd>
    </Stack>
  );
}

function Counted({ count: { matched, words, webhooks } }: { count: ReplayCount }) {
  if (matched === 0) return <Alert color="gray">Nothing fits: {words}.</Alert>;
  return (
    <div role="status">
      <Text mb="xs">{words}</Text>
      <Table>
        <Table.Tbody>
          {webhooks.map(({ webhookId, webhookName, enabled, matched: ofIt }) => (
            <Table.Tr key={webhookId}>
              <Table.Td className="cut" maw={320} title={webhookName}>
                {webhookName}
                {!enabled && <span className="quiet"> is off: they are held until it is turned on</span>}
              </Table.Td>
              <Table.Td ta="right">
                <Count value={ofIt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function requestOf(
  selected: ReadonlySet<string>,
  filter: Wanted['filter'],
  states: readonly ReplayState[],
): Record<string, unknown> {
  if (selected.size > 0) return { ids: [...selected] };
  // The state of the filter is said by the boxes.
  const { state: _state, ...rest } = filter;
  const narrowed = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(narrowed), states, ...(narrowed.length === 0 ? { all: true } : {}) };
}
