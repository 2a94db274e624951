/** Adds a webhook: the form, and then the signing secret, shown this once, with the slider that starts it. */
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { WebhookWithSecret } from '../../api/answers.ts';
import { createWebhook, enableWebhook } from '../../api/webhooks.ts';
import { CodeBlock, KeyText } from '../../parts/copy.tsx';
import { Note } from '../../parts/note.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { AdminsOnly, PageHead } from '../../parts/page.tsx';
import { newDraft, newWebhookOf } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';

export function NewWebhookPage() {
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  return (
    <AdminsOnly what="Webhooks">
      {made === null ? (
        <>
          <PageHead
            title="Add Webhook"
            above={
              <Anchor renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>Webhooks</Anchor>
            }
          />
          <WebhookForm
            saved={null}
            start={newDraft}
            action="Add Webhook"
            save={async (draft) => setMade(await createWebhook(newWebhookOf(draft)))}
          />
        </>
      ) : (
        <Made webhook={made} />
      )}
    </AdminsOnly>
  );
}

function Made({ webhook: { id, name, type, signingSecret } }: { webhook: WebhookWithSecret }) {
  const navigate = useNavigate();
  const enabling = useMutation({
    mutationFn: () => enableWebhook(id, 'send'),
    onSuccess() {
      notify(`${name} is on. It gets events from now on.`);
      void navigate({ to: '/settings/integrations/webhooks/$id', params: { id } });
    },
    onError: notifyTrouble,
  });
  return (
    <>
      <PageHead title={`${name} is added`}>It is off, so nothing is sent yet.</PageHead>
      <Stack maw={720} gap="lg">
        {type === 'url' && (
          <>
            <Note tone="busy" title="The signing secret is shown this once">
              <KeyText text={signingSecret} name="signing secret" />
              <Text size="sm">
                It signs the id, the time and the body of each request; the signature stands in webhook-signature, as
                Standard Webhooks wants it, beside that of your own secret in X-Pendo-Signature. You can make a new one
                at any time.
              </Text>
            </Note>
            <div>
              <Text mb="xs">A receiver checks it so, with the npm package standardwebhooks:</Text>
              <CodeBlock name="Check of the signature" text={verifySample} />
            </div>
          </>
        )}
        <Group>
          <Button loading={enabling.isPending} onClick={() => enabling.mutate()}>
            Turn it on
          </Button>
          <Button variant="default" renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>
            Leave it off
          </Button>
        </Group>
      </Stack>
    </>
  );
}

const verifySample = `import { Webhook } from 'standardwebhooks';

const event = new Webhook(signingSecret).verify(body, request.headers);`;
