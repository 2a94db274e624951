/** The form of a webhook, new or saved. What is typed stays, whatever the server says of it. */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Paper,
  PasswordInput,
  Radio,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Webhook } from '../../api/answers.ts';
import { FormTrouble, Submit, useForm } from '../../parts/form.tsx';
import { OutLink } from '../../parts/page.tsx';
import { EventChoice } from './event-choice.tsx';
import classes from './form.module.css';
import { MoreSettings } from './more-settings.tsx';
import { TestPanel } from './test-panel.tsx';
import { type Draft, type DraftProblems, newWebhookOf, problemsOf } from './webhook-draft.ts';

const apiFields = [
  'name',
  'url',
  'secret',
  'writeKey',
  'region',
  'events',
  'headers',
  'timeoutSeconds',
  'retryDelaysSeconds',
  'ratePerSecond',
  'rateBurst',
] as const;

export function WebhookForm({
  saved,
  start,
  save,
  action,
}: {
  /** Null for a new one. */
  saved: Webhook | null;
  start: Draft;
  save: (draft: Draft) => Promise<unknown>;
  action: string;
}) {
  const [draft, setDraft] = useState(start);
  const [isChecked, setChecked] = useState(false);
  const form = useForm(apiFields, () => save(draft), check);
  const own = isChecked ? problemsOf(draft, saved === null) : {};
  const { retryDelaysSeconds, ...named } = form.at;
  const problems: DraftProblems = { ...named, ...(retryDelaysSeconds && { retryDelays: retryDelaysSeconds }), ...own };
  const isChanged = JSON.stringify(draft) !== JSON.stringify(start);

  function change(changes: Partial<Draft>): void {
    setDraft({ ...draft, ...changes });
  }

  function check(): boolean {
    setChecked(true);
    return Object.keys(problemsOf(draft, saved === null)).length === 0;
  }

  return (
    <form onSubmit={form.submit} noValidate>
      <div className={classes['columns']}>
        <Stack gap="lg">
          <TextInput
            label="Name"
            description="Such as where the webhook is going and which data are being sent."
            required
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={problems.name}
          />
          {saved === null && (
            <Radio.Group
              label="Webhook Type"
              value={draft.type}
              onChange={(type) => change({ type: type === 'segment' ? 'segment' : 'url' })}
            >
              <Stack gap="xs" mt="xs">
                <Radio
                  value="url"
                  label="URL"
                  description="One signed request for each event, to a URL that the other platform has given you."
                />
                <Radio
                  value="segment"
                  label="Segment.com"
                  description="Events in Segment's own format, straight into a source of yours."
                />
              </Stack>
            </Radio.Group>
          )}
          {draft.type === 'url' ? (
            <UrlFields draft={draft} change={change} problems={problems} saved={saved} />
          ) : (
            <SegmentFields draft={draft} change={change} problems={problems} saved={saved} />
          )}
          <EventChoice choice={draft} choose={change} error={problems.events} />
          <MoreSettings draft={draft} change={change} problems={problems} />
          <Alert color="brass" title="Events can carry personal data">
            What is sent depends on what your product reports: names, e-mail addresses and whatever visitors have typed
            can be in it. Test with and turn on only a destination that you trust.
          </Alert>
          <FormTrouble error={form.elsewhere} />
          {isChecked && Object.keys(own).length > 0 && (
            <Text size="sm" c="var(--bad)" role="alert">
              Something is missing: look at the fields in red.
            </Text>
          )}
          <Group>
            <Submit of={form}>{action}</Submit>
            <Button variant="default" renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>
              Cancel
            </Button>
          </Group>
        </Stack>
        <Paper withBorder p="lg" bg="var(--sheet)">
          <Title order={2} size="h4" mb="sm">
            Test
          </Title>
          <TestPanel
            id={saved?.id ?? null}
            settings={() => (saved !== null && !isChanged ? null : newWebhookOf(withStandIns(draft, saved)))}
            check={() => (saved !== null && !isChanged ? true : check())}
          />
        </Paper>
      </div>
    </form>
  );
}

interface Fields {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  problems: DraftProblems;
  saved: Webhook | null;
}

function UrlFields({ draft, change, problems, saved }: Fields) {
  const secretHint = saved?.secretHint ?? null;
  return (
    <>
      <TextInput
        label="URL"
        description="Where events are sent. The platform that receives them gives it to you."
        type="url"
        placeholder="https://"
        required
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
        error={problems.url}
      />
      <PasswordInput
        label="Secret"
        description={
          secretHint === null
            ? 'It signs each request in X-Pendo-Signature, so that the receiver can tell that it comes from here. Anything will do; what has 24 characters or more cannot be guessed.'
            : `One is set (${secretHint}). Leave this empty to keep it.`
        }
        autoComplete="new-password"
        value={draft.secret}
        disabled={draft.removesSecret}
        onChange={(event) => change({ secret: event.currentTarget.value })}
        error={problems.secret}
      />
      {secretHint !== null && (
        <Checkbox
          label="Remove the secret"
          description="Requests then have no X-Pendo-Signature."
          checked={draft.removesSecret}
          onChange={(event) => change({ removesSecret: event.currentTarget.checked, secret: '' })}
        />
      )}
    </>
  );
}

function SegmentFields({ draft, change, problems, saved }: Fields) {
  const writeKeyHint = saved?.writeKeyHint ?? null;
  return (
    <>
      <PasswordInput
        label="Write Key"
        description={
          writeKeyHint === null
            ? 'In Segment, add a source, and copy the key from Overview > Installation.'
            : `One is set (${writeKeyHint}). Leave this empty to keep it.`
        }
        autoComplete="off"
        required={saved === null}
        value={draft.writeKey}
        onChange={(event) => change({ writeKey: event.currentTarget.value })}
        error={problems.writeKey}
      />
      <div>
        <Text size="sm" fw={500} mb={4}>
          Region
        </Text>
        <SegmentedControl
          aria-label="Region"
          data={[
            { value: 'us', label: 'United States' },
            { value: 'eu', label: 'Europe' },
          ]}
          value={draft.region}
          onChange={(region) => change({ region: region === 'eu' ? 'eu' : 'us' })}
        />
        <Text size="xs" className="quiet" mt={4}>
          Where your Segment workspace is.{' '}
          <OutLink href="https://segment.com/docs/guides/regional-segment/">Segment's page on regions</OutLink>
        </Text>
      </div>
    </>
  );
}

/** A write key that is saved is shown to nobody; a test of other settings goes out with one that is none. */
function withStandIns(draft: Draft, saved: Webhook | null): Draft {
  return saved !== null && draft.type === 'segment' && draft.writeKey === ''
    ? { ...draft, writeKey: 'not-shown' }
    : draft;
}
