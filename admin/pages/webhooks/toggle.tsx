/** The slider of a webhook: green sends, grey does not. What is held is asked about before it is turned on. */
import { Button, Modal, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery, Page, Webhook } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { disableWebhook, enableWebhook } from '../../api/webhooks.ts';
import { counted } from '../../parts/count.tsx';
import { DialogEnd, FormTrouble } from '../../parts/form.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';

export function Toggle({ webhook: { id, name, enabled } }: { webhook: Webhook }) {
  const [isAsking, setAsking] = useState(false);
  const enabling = useMutation({
    mutationFn: (held: 'send' | 'discard') => enableWebhook(id, held),
    onSuccess({ heldCount }, held) {
      setAsking(false);
      notify(onWords(name, heldCount, held));
    },
  });
  const switching = useMutation({
    async mutationFn(on: boolean) {
      if (!on) {
        const { heldCount } = await disableWebhook(id);
        return notify(offWords(name, heldCount));
      }
      if ((await heldOf(id)).items.length > 0) return setAsking(true);
      await enabling.mutateAsync('send');
    },
    onError: notifyTrouble,
  });
  return (
    <>
      <Switch
        aria-label={`${name} is ${enabled ? 'on' : 'off'}`}
        color="var(--good)"
        checked={enabled}
        disabled={switching.isPending}
        onChange={(event) => switching.mutate(event.currentTarget.checked)}
      />
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={`Turn on ${name}`}>
        <Stack>
          <Text>
            Deliveries were held while it was off. They can be sent now, oldest first, or discarded. Events that came
            while it was off are not among them; those are sent from the webhook's page, with Send again.
          </Text>
          <HeldCount id={id} />
          <FormTrouble error={enabling.error} />
          <DialogEnd cancel={() => setAsking(false)}>
            <Button variant="default" loading={enabling.isPending} onClick={() => enabling.mutate('discard')}>
              Turn on and discard them
            </Button>
            <Button loading={enabling.isPending} onClick={() => enabling.mutate('send')} data-autofocus>
              Turn on and send them
            </Button>
          </DialogEnd>
        </Stack>
      </Modal>
    </>
  );
}

function heldOf(id: string): Promise<Page<Delivery>> {
  return ask<Page<Delivery>>('GET', '/deliveries', { query: { webhookId: id, state: 'held', limit: 100 } });
}

function HeldCount({ id }: { id: string }) {
  const held = useQuery({ queryKey: ['held', id], queryFn: () => heldOf(id) });
  if (held.data === undefined) return null;
  const { items, nextCursor } = held.data;
  return (
    <Text fw={600}>
      {nextCursor === null
        ? counted(items.length, 'delivery is', 'deliveries are')
        : `More than ${items.length} deliveries are`}{' '}
      held.
    </Text>
  );
}

function onWords(name: string, heldCount: number, held: 'send' | 'discard'): string {
  const on = `${name} is on.`;
  if (heldCount === 0) return `${on} It gets events from now on.`;
  const count = counted(heldCount, 'held delivery', 'held deliveries');
  return held === 'send' ? `${on} ${count} will be sent, oldest first.` : `${on} ${count} are discarded.`;
}

function offWords(name: string, heldCount: number): string {
  const off = `${name} is turned off.`;
  if (heldCount === 0) return `${off} Nothing was waiting.`;
  return `${off} ${counted(heldCount, 'delivery is', 'deliveries are')} held and will be sent when you turn it on.`;
}
