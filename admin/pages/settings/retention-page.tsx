/** How long events, deliveries and attempts are kept. */
import { Group, NumberInput, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { changeSettings, settingsQuery } from '../../api/settings.ts';
import { Form, Submit, useForm } from '../../parts/form.tsx';
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
  const form = useForm(['retentionDays'], async () => {
    const { retentionDays } = await changeSettings({ retentionDays: Number(days) });
    notify(`Saved. What is older than ${retentionDays} days leaves within the hour.`);
  });

  return (
    <Form of={form} maw={420}>
      <NumberInput
        label="Days to keep"
        description="A delivery that still waits when its time is over becomes failed first, so that you see it."
        min={1}
        allowDecimal={false}
        value={days}
        onChange={setDays}
        error={form.at.retentionDays}
        disabled={!isAdmin}
      />
      {isAdmin ? (
        <Group>
          <Submit of={form} disabled={Number(days) === saved || days === ''}>
            Save
          </Submit>
        </Group>
      ) : (
        <Text className="quiet">Only Admins change this.</Text>
      )}
    </Form>
  );
}
