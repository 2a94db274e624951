/** How long events, deliveries and attempts are kept. */
import { Group, NumberInput, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { changeSettings, settingsQuery } from '../../api/settings.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { counted } from '../../parts/count.tsx';
import { Form, Submit, useForm } from '../../parts/form.tsx';
import { notify } from '../../parts/notices.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';

export function RetentionPage() {
  const settings = useQuery(settingsQuery);
  return (
    <>
      <PageHead title="Retention">
        Events, deliveries and attempts leave after a set number of days. Visitors and accounts stay; the audit log
        keeps a year.
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
  const [isAsking, setAsking] = useState(false);
  const isTooFew = days !== '' && Number(days) < 1;
  async function save(): Promise<void> {
    const { retentionDays } = await changeSettings({ retentionDays: Number(days) });
    notify(`Saved. What is older than ${daysText(retentionDays)} leaves within the hour.`);
  }
  const form = useForm(['retentionDays'], save, () => {
    if (isTooFew) return false;
    // Less time: something leaves that would have stayed.
    const loses = Number(days) < saved;
    setAsking(loses);
    return !loses;
  });

  return (
    <Form of={form} maw={420}>
      <NumberInput
        label="Days to keep"
        description="A delivery that still waits when its time is over becomes failed first, so that you see it."
        allowNegative={false}
        allowDecimal={false}
        value={days}
        onChange={setDays}
        error={isTooFew ? 'At least 1 day; events cannot be kept for ever.' : form.at.retentionDays}
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
      <Confirm
        isOpen={isAsking}
        close={() => setAsking(false)}
        title="Keep less"
        action={`Keep ${daysText(Number(days))}`}
        act={save}
      >
        Events, deliveries and attempts that are older than {daysText(Number(days))} are deleted within the hour. This
        cannot be taken back.
      </Confirm>
    </Form>
  );
}

function daysText(days: number): string {
  return counted(days, 'day', 'days');
}
