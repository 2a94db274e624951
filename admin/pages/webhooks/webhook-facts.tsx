/** What a webhook is set to, and its secrets. */
import { Button, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import type { Webhook, WebhookWithSecret } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { Ago, exactText } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { KeyText } from '../../parts/copy.tsx';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { spanWords } from '../../parts/moment-words.ts';
import { notify } from '../../parts/notices.tsx';
import { Once, type ShownOnce } from '../../parts/once.tsx';
import { chosenWords } from './event-choice-words.ts';

export function WebhookFacts({ webhook }: { webhook: Webhook }) {
  const { type, url, events, timeoutSeconds, retryDelaysSeconds, ratePerSecond, headers, changedAt } = webhook;
  const headerNames = Object.keys(headers);
  const facts: Fact[] = [
    { name: 'Type', shown: type === 'segment' ? 'Segment.com' : 'URL' },
    { name: 'Sends to', shown: <KeyText text={url} name="URL" /> },
    { name: 'Events', shown: chosenWords(events) },
    { name: type === 'segment' ? 'Write Key' : 'Secret', shown: <Secret webhook={webhook} /> },
    ...(type === 'url' ? [{ name: 'Signing secret', shown: <SigningSecret webhook={webhook} /> }] : []),
    { name: 'Headers', shown: headerNames.join(', ') },
    {
      name: 'Retries',
      shown:
        retryDelaysSeconds.length === 0
          ? 'none'
          : `${retryDelaysSeconds.length}: after ${retryDelaysSeconds.map(spanWords).join(', ')}`,
    },
    { name: 'Timeout', shown: spanWords(timeoutSeconds) },
    { name: 'Rate', shown: ratePerSecond === null ? '' : `at most ${ratePerSecond} per second` },
    { name: 'Changed', shown: <Ago at={changedAt} /> },
  ];
  return <Facts facts={facts} />;
}

function Secret({ webhook: { type, secretHint, writeKeyHint, secretWarning } }: { webhook: Webhook }) {
  if (type === 'segment') return <span className="mono">{writeKeyHint}</span>;
  if (secretHint === null) return <span className="quiet">none: requests have no X-Pendo-Signature</span>;
  return (
    <>
      <span className="mono">{secretHint}</span>
      {secretWarning !== null && (
        <Text size="sm" c="var(--busy)">
          {secretWarning}
        </Text>
      )}
    </>
  );
}

function SigningSecret({ webhook: { id, name, signingSecretHint, formerSigningSecretEndsAt } }: { webhook: Webhook }) {
  const [question, setQuestion] = useState<'rotate' | 'retire' | null>(null);
  const [overlap, setOverlap] = useState('24');
  const [made, setMade] = useState<ShownOnce | null>(null);
  return (
    <>
      <Group gap="xs">
        <span className="mono">{signingSecretHint}</span>
        <Button variant="default" size="compact-xs" onClick={() => setQuestion('rotate')}>
          Renew
        </Button>
      </Group>
      {formerSigningSecretEndsAt !== null && (
        <Group gap="xs" mt={4}>
          <Text size="sm" className="quiet">
            The former one signs too until {exactText(formerSigningSecretEndsAt)}.
          </Text>
          <Button variant="default" size="compact-xs" onClick={() => setQuestion('retire')}>
            End it now
          </Button>
        </Group>
      )}
      <Confirm
        isOpen={question === 'rotate'}
        close={() => setQuestion(null)}
        title="Renew the signing secret"
        action={`Renew the signing secret of ${name}`}
        isHarmless
        act={async () => {
          const renewed = await ask<WebhookWithSecret>('POST', path('/webhooks', id, 'rotate-signing-secret'), {
            body: { overlapHours: Number(overlap) },
          });
          setMade(secretOnce(renewed, Number(overlap)));
          await reload();
        }}
      >
        Requests are signed with both for a while, so that the receiver can change over without losing one.
        <Select
          mt="md"
          label="The former one signs too for"
          allowDeselect={false}
          data={[
            { value: '0', label: 'no longer: it ends at once' },
            { value: '1', label: '1 hour' },
            { value: '24', label: '24 hours' },
            { value: '168', label: '7 days' },
          ]}
          value={overlap}
          onChange={(value) => setOverlap(value ?? '24')}
        />
      </Confirm>
      <Confirm
        isOpen={question === 'retire'}
        close={() => setQuestion(null)}
        title="End the former signing secret"
        action={`End the former secret of ${name}`}
        act={async () => {
          await ask('POST', path('/webhooks', id, 'retire-signing-secret'), { body: {} });
          notify('Only the present signing secret signs from now on.');
          await reload();
        }}
      >
        A receiver that still checks with the former one refuses what it gets from now on.
      </Confirm>
      <Once shown={made} close={() => setMade(null)} />
    </>
  );
}

function reload(): Promise<void> {
  return queries.invalidateQueries({ queryKey: ['webhooks'] });
}

function secretOnce({ name, signingSecret }: WebhookWithSecret, overlapHours: number): ShownOnce {
  return {
    title: `The new signing secret of ${name}`,
    name: 'signing secret',
    text: signingSecret,
    words:
      overlapHours === 0
        ? 'Give it to the receiver now: what is sent from now on is signed with it alone.'
        : `Give it to the receiver within ${spanWords(overlapHours * 3_600)}: until then the former one signs too.`,
  };
}
