/** How long events, deliveries and attempts are kept. */
import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { changeSettings, settingsQuery } from '../../api/settings.ts';
import { FormTrouble, fieldErrors } from '../../parts/field-errors.tsx';
import { notify } from '../../parts/notices.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';

export function RetentionPage() {
  const settings = useQuery(settingsQuery);
  return (
    <>
      <PageHead title="Retention">
        Events, deliveries and attempts leave after a set number of days. Visitors, accounts and the audit log stay.
      </PageHead>
      <Asked query={settings} what="The setting" rows={2}>
        {(data) => <RetentionForm days={data.retentionDays} />}
      </Asked>
    </>
  );
}

function RetentionForm({ days: saved }: { days: number }) {
  const isAdmin = useIsAdmin();
  const [days, setDays] = useState<number | string>(saved);
  const saving = useMutation({
    mutationFn: () => changeSettings({ retentionDays: Number(days) }),
    onSuccess(settings) {
      notify(`Saved. What is older than ${settings.retentionDays} days leaves within the hour.`);
    },
  });
  const { at, elsewhere } = fieldErrors(saving.error, ['retentionDays']);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack maw={420}>
        <FormTrouble error={elsewhere} />
        <NumberInput
          label="Days to keep"
          description="A delivery that still waits when its time is over becomes failed first, so that you see it."
          min={1}
          allowDecimal={false}
          value={days}
          onChange={setDays}
          error={at.retentionDays}
          disabled={!isAdmin}
        />
        {isAdmin ? (
          <Group>
            <Button type="submit" loading={saving.isPending} disabled={Number(days) === saved || days === ''}>
              Save
            </Button>
          </Group>
        ) : (
          <Text className="quiet">Only Admins change this.</Text>
        )}
      </Stack>
    </form>
  );
}
