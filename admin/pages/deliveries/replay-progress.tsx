/** How far a replay is, as it goes on. */
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Replay } from '../../api/answers.ts';
import { liveEveryMs, queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { counted } from '../../parts/count.tsx';
import { notifyTrouble } from '../../parts/notices.tsx';
import { Asked } from '../../parts/page.tsx';

const over = new Set<Replay['state']>(['finished', 'cancelled']);

export function ReplayProgress({ id }: { id: string }) {
  const replay = useQuery({
    queryKey: ['replay', id],
    queryFn: () => ask<Replay>('GET', path('/replays', id)),
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : liveEveryMs / 2),
  });
  return (
    <Asked query={replay} what="The replay" rows={1}>
      {(data) => <Shown replay={data} />}
    </Asked>
  );
}

/** Replays that are under way, of one webhook or of all; nothing when there is none. */
export function RunningReplays({ webhookId }: { webhookId?: string }) {
  const replays = useQuery({
    queryKey: ['replays'],
    queryFn: () => ask<{ items: Replay[] }>('GET', '/replays', { query: { limit: 20 } }),
    refetchInterval: liveEveryMs,
  });
  const running = (replays.data?.items ?? []).filter(
    ({ state, webhooks }) =>
      !over.has(state) &&
      (webhookId === undefined || webhooks.some((one) => one.webhookId === webhookId) || webhooks.length === 0),
  );
  if (running.length === 0) return null;
  return (
    <Stack gap="md" mb="lg">
      {running.map((replay) => (
        <Shown key={replay.id} replay={replay} />
      ))}
    </Stack>
  );
}

function Shown({ replay }: { replay: Replay }) {
  const isAdmin = useIsAdmin();
  const { id, words, state, counts, createdAt } = replay;
  const { matched, requeued, delivered, failed, waiting } = counts;
  const done = matched === 0 ? 100 : (requeued / matched) * 100;
  const cancelling = useMutation({
    mutationFn: () => ask<Replay>('POST', path('/replays', id, 'cancel'), { body: {} }),
    onSuccess(cancelled) {
      queries.setQueryData(['replay', id], cancelled);
      void queries.invalidateQueries({ queryKey: ['replays'] });
    },
    onError: notifyTrouble,
  });
  return (
    <Stack gap={6} aria-label={`Replay: ${words}`} role="group">
      <Group justify="space-between">
        <Text fw={600}>{words}</Text>
        {isAdmin && !isOver(replay) && (
          <Button
            size="compact-sm"
            variant="default"
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Stop this replay
          </Button>
        )}
      </Group>
      <Progress value={isOver(replay) ? 100 : done} aria-label="How far it is" color="brass" />
      <Text size="sm" className="quiet" role="status">
        {stateWords[state]} <Ago at={createdAt} />: {counted(requeued, 'delivery', 'deliveries')} of {matched} put back;{' '}
        {delivered} delivered, {failed} failed, {waiting} waiting.
      </Text>
    </Stack>
  );
}

function isOver({ state }: Replay): boolean {
  return over.has(state);
}

const stateWords: Readonly<Record<Replay['state'], string>> = {
  running: 'Under way since',
  paused: 'Paused, because every webhook it has to do with is off; begun',
  finished: 'Done; begun',
  cancelled: 'Stopped; begun',
};
