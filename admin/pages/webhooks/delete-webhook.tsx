/** Asks before a webhook is deleted, and names what is lost. */
import { useQuery } from '@tanstack/react-query';
import type { Delivery, Page, Webhook } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { deleteWebhook } from '../../api/webhooks.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { counted } from '../../parts/count.tsx';
import { notify } from '../../parts/notices.tsx';

export function DeleteWebhook({
  webhook: { id, name, enabled },
  isOpen,
  close,
  deleted,
}: {
  webhook: Webhook;
  isOpen: boolean;
  close: () => void;
  deleted?: () => void;
}) {
  const waiting = useQuery({
    queryKey: ['waiting', id],
    queryFn: () =>
      ask<Page<Delivery>>('GET', '/deliveries', {
        query: { webhookId: id, state: enabled ? 'pending' : 'held', limit: 100 },
      }),
    enabled: isOpen,
    staleTime: 0,
  });
  return (
    <Confirm
      isOpen={isOpen}
      close={close}
      title="Delete this webhook"
      action={`Delete webhook ${name}`}
      act={async () => {
        const { cancelledCount } = await deleteWebhook(id);
        notify(
          `${name} is deleted.${cancelledCount === 0 ? '' : ` ${counted(cancelledCount, 'delivery', 'deliveries')} that waited will not be sent.`}`,
        );
        deleted?.();
      }}
    >
      This cannot be taken back. Its settings, its secrets and its signing secret are lost
      {waiting.data !== undefined && waiting.data.items.length > 0 && (
        <>
          , and{' '}
          <strong>
            {waiting.data.nextCursor === null
              ? counted(waiting.data.items.length, 'delivery that waits', 'deliveries that wait')
              : `more than ${waiting.data.items.length} deliveries that wait`}
          </strong>{' '}
          will not be sent
        </>
      )}
      . What was delivered stays in the log until the retention is over. To stop data and keep the settings, use the
      toggle instead.
    </Confirm>
  );
}
