/** Sends a sample and shows what the receiver answered, before or after saving. Nothing of it is kept. */
import { Alert, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { NewWebhook } from '../../api/answers.ts';
import { testWebhook } from '../../api/webhooks.ts';
import { CopyWords } from '../../parts/copy.tsx';
import { eventTypes } from '../../parts/event-words.ts';
import { FormTrouble } from '../../parts/form.tsx';
import { Note } from '../../parts/note.tsx';
import { AttemptView } from '../deliveries/attempt-view.tsx';
import { curlOf } from '../deliveries/curl.ts';
import { adminEvents, type ChosenType, categories } from './event-choice-words.ts';

const samples = [
  { value: 'ping', label: 'Ping' },
  ...[...categories, adminEvents].flatMap(({ types }) =>
    types.map((type: ChosenType) => ({ value: type, label: eventTypes[type] })),
  ),
];

export function TestPanel({
  id,
  settings,
  check = () => true,
}: {
  /** Null for one that is not saved yet. */
  id: string | null;
  /** Called at each test; null tests what is saved. */
  settings: () => NewWebhook | null;
  /** Whether the form is far enough; shows what is missing if not. */
  check?: () => boolean;
}) {
  const [sample, setSample] = useState('ping');
  const testing = useMutation({ mutationFn: () => testWebhook(id, settings(), sample) });
  const tested = testing.data;
  return (
    <Stack gap="sm" role="region" aria-label="Test">
      <Group align="flex-end" gap="sm">
        <Select
          label="Sample"
          w={220}
          data={samples}
          allowDeselect={false}
          value={sample}
          onChange={(value) => setSample(value ?? 'ping')}
        />
        <Button
          variant="default"
          loading={testing.isPending}
          onClick={() => {
            if (check()) testing.mutate();
          }}
        >
          Test
        </Button>
      </Group>
      <Text size="sm" className="quiet">
        Sends a made-up event through the very code of real deliveries, and shows the answer here.
      </Text>
      <FormTrouble error={testing.error} />
      {tested !== undefined && !testing.isPending && (
        <>
          <Note
            tone={tested.delivered ? 'good' : 'bad'}
            title={
              tested.delivered
                ? `The receiver took it: ${tested.attempt.status}.`
                : `The receiver did not take it${tested.attempt.status === null ? '' : `: ${tested.attempt.status}`}.`
            }
          >
            {tested.attempt.meaning} {tested.attempt.remedy}
          </Note>
          <AttemptView attempt={{ ...tested.attempt, number: 1, reason: 'first' }} body={tested.body} isTest />
          <Group gap="sm">
            <CopyWords text={curlOf(tested.attempt, tested.body)}>Copy as curl</CopyWords>
          </Group>
        </>
      )}
      {settings() !== null && id !== null && (
        <Alert color="gray">
          This tests what stands in the form. A secret that is saved and not shown is not in it, so the signature is
          made with one for this test.
        </Alert>
      )}
    </Stack>
  );
}
