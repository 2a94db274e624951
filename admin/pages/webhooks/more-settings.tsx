/** What most webhooks need not set: headers, timeout, retries, rate, and how signatures are written. */
import {
  Accordion,
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { Draft, DraftProblems } from './webhook-draft.ts';

export function MoreSettings({
  draft,
  change,
  problems,
}: {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  problems: DraftProblems;
}) {
  return (
    <Accordion variant="contained">
      <Accordion.Item value="more">
        <Accordion.Control>More settings</Accordion.Control>
        <Accordion.Panel>
          <Stack>
            <Headers headers={draft.headers} change={change} error={problems.headers} />
            <NumberInput
              label="Timeout, in seconds"
              description="For one attempt as a whole. Past it the attempt is a 408 and is tried again."
              min={1}
              max={300}
              value={draft.timeoutSeconds}
              onChange={(timeoutSeconds) => change({ timeoutSeconds })}
              error={problems.timeoutSeconds}
            />
            <TextInput
              label="Retries, in seconds after the failure before"
              description="As many retries as there are numbers; each is spread by a fifth."
              value={draft.retryDelays}
              onChange={(event) => change({ retryDelays: event.currentTarget.value })}
              error={problems.retryDelays}
            />
            <Group grow align="flex-start">
              <NumberInput
                label="Deliveries per second"
                description="Empty for no limit."
                min={1}
                allowDecimal={false}
                value={draft.ratePerSecond}
                onChange={(ratePerSecond) => change({ ratePerSecond })}
                error={problems.ratePerSecond}
              />
              <NumberInput
                label="Burst"
                description="How many at once after a quiet time."
                min={1}
                allowDecimal={false}
                disabled={draft.ratePerSecond === ''}
                value={draft.rateBurst}
                onChange={(rateBurst) => change({ rateBurst })}
                error={problems.rateBurst}
              />
            </Group>
            {draft.type === 'url' && (
              <>
                <Select
                  label="X-Pendo-Signature is written as"
                  allowDeselect={false}
                  data={[
                    { value: '', label: 'the hex alone, as Pendo does' },
                    { value: 'sha256=', label: 'sha256= and the hex, as GitHub does' },
                  ]}
                  value={draft.signaturePrefix}
                  onChange={(value) => change({ signaturePrefix: value === 'sha256=' ? 'sha256=' : '' })}
                />
                <Checkbox
                  label="Also send X-Hub-Signature-256"
                  description="As GitHub does, for receivers that check that one. It needs a secret."
                  checked={draft.hubSignature}
                  onChange={(event) => change({ hubSignature: event.currentTarget.checked })}
                />
              </>
            )}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function Headers({
  headers,
  change,
  error,
}: {
  headers: Draft['headers'];
  change: (changes: Partial<Draft>) => void;
  error: string | undefined;
}) {
  function set(key: number, changed: { name?: string; value?: string }): void {
    change({ headers: headers.map((header) => (header.key === key ? { ...header, ...changed } : header)) });
  }
  return (
    <div role="group" aria-label="Custom headers">
      <Text fw={600} size="sm">
        Custom headers
      </Text>
      <Text size="xs" className="quiet" mb={6}>
        Sent with each request. Values are shown to nobody again.
      </Text>
      <Stack gap="xs">
        {headers.map(({ key, name, value, isSaved }, at) => (
          <Group key={key} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={`Name of header ${at + 1}`}
              placeholder="X-Api-Key"
              flex={1}
              value={name}
              readOnly={isSaved}
              onChange={(event) => set(key, { name: event.currentTarget.value })}
            />
            <TextInput
              aria-label={`Value of header ${at + 1}`}
              placeholder={isSaved ? 'as it is' : ''}
              flex={1}
              value={value}
              onChange={(event) => set(key, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Take header ${name === '' ? at + 1 : name} away`}
              onClick={() => change({ headers: headers.filter((header) => header.key !== key) })}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        {error !== undefined && (
          <Text size="sm" c="var(--bad)">
            {error}
          </Text>
        )}
        <Group>
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              const key = Math.max(0, ...headers.map((header) => header.key)) + 1;
              change({ headers: [...headers, { key, name: '', value: '', isSaved: false }] });
            }}
          >
            Add header
          </Button>
        </Group>
      </Stack>
    </div>
  );
}
