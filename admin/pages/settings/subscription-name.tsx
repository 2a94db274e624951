/** What the subscription is called, in the admin and in what receivers get. */
import { Group, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { changeSettings, settingsQuery } from '../../api/settings.ts';
import { Form, Submit, useForm } from '../../parts/form.tsx';
import { notify } from '../../parts/notices.tsx';
import { Asked } from '../../parts/page.tsx';

export function SubscriptionName() {
  const settings = useQuery(settingsQuery);
  return (
    <Asked query={settings} what="The name" rows={1}>
      {({ subscriptionName }) => <NameForm saved={subscriptionName} />}
    </Asked>
  );
}

function NameForm({ saved }: { saved: string }) {
  const isAdmin = useIsAdmin();
  const [name, setName] = useState(saved);
  const form = useForm(['subscriptionName'], async () => {
    const { subscriptionName } = await changeSettings({ subscriptionName: name.trim() });
    notify(`The subscription is called ${subscriptionName} now.`);
  });

  return (
    <Form of={form}>
      <Group align="flex-start">
        <TextInput
          label="Name of the subscription"
          description="Receivers see it as subscription.name."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          withAsterisk={false}
          w={340}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={form.at.subscriptionName}
          disabled={!isAdmin}
        />
        {isAdmin && (
          <Submit of={form} mt={25} disabled={name.trim() === saved || name.trim() === ''}>
            Save
          </Submit>
        )}
      </Group>
    </Form>
  );
}
