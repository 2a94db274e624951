/** What the subscription is called, in the admin and in what receivers get. */
import { Button, Group, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { changeSettings, settingsQuery } from '../../api/settings.ts';
import { FormTrouble, fieldErrors } from '../../parts/field-errors.tsx';
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
  const saving = useMutation({
    mutationFn: () => changeSettings({ subscriptionName: name.trim() }),
    onSuccess: ({ subscriptionName }) => notify(`The subscription is called ${subscriptionName} now.`),
  });
  const { at, elsewhere } = fieldErrors(saving.error, ['subscriptionName']);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <form onSubmit={submit}>
      <FormTrouble error={elsewhere} />
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
          error={at.subscriptionName}
          disabled={!isAdmin}
        />
        {isAdmin && (
          <Button
            type="submit"
            mt={25}
            loading={saving.isPending}
            disabled={name.trim() === saved || name.trim() === ''}
          >
            Save
          </Button>
        )}
      </Group>
    </form>
  );
}
