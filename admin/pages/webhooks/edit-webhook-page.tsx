/** Changes a webhook. */
import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { changeWebhook, webhookQuery } from '../../api/webhooks.ts';
import { notify } from '../../parts/notices.tsx';
import { AdminsOnly, Loading, PageHead, Trouble } from '../../parts/page.tsx';
import { changesOf, draftOf } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';

const route = getRouteApi('/signed-in/settings/integrations/webhooks/$id/edit');

export function EditWebhookPage() {
  return (
    <AdminsOnly what="Webhooks">
      <Edit />
    </AdminsOnly>
  );
}

function Edit() {
  const { id } = route.useParams();
  const navigate = useNavigate();
  // As it was when the page was opened: what changes meanwhile must not change what somebody types.
  const webhook = useQuery({ ...webhookQuery(id), refetchInterval: false, refetchOnWindowFocus: false });
  if (webhook.data === undefined) {
    if (webhook.error === null) return <Loading />;
    return <Trouble error={webhook.error} what="The webhook" retry={() => void webhook.refetch()} />;
  }
  const saved = webhook.data;
  return (
    <>
      <PageHead
        title={`Edit ${saved.name}`}
        above={
          <Anchor renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>Webhooks</Anchor>
        }
      >
        {saved.type === 'segment' ? 'Segment.com' : 'URL'} webhook, {saved.enabled ? 'on' : 'off'}. What waits to be
        sent goes by the new settings.
      </PageHead>
      <WebhookForm
        key={saved.id}
        saved={saved}
        start={draftOf(saved)}
        action="Save"
        save={async (draft) => {
          const changed = await changeWebhook(id, changesOf(draft, saved));
          notify(`${changed.name} is saved.`);
          await navigate({ to: '/settings/integrations/webhooks/$id', params: { id } });
        }}
      />
    </>
  );
}
