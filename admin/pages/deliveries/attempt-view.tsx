/** The heart: the request as it was sent on the left, the answer on the right, and below them where the time went. */
import { Group, Text, Title } from '@mantine/core';
import type { Attempt } from '../../api/answers.ts';
import { exactText } from '../../parts/ago.tsx';
import { JsonText } from '../../parts/json-view.tsx';
import { State } from '../../parts/state.tsx';
import classes from './attempt.module.css';
import { TimingBar } from './timing-bar.tsx';

/** `body` is null for whoever does not see contents. */
export function AttemptView({
  attempt,
  body,
  isTest = false,
}: {
  attempt: Attempt;
  body: string | null;
  /** One below the other, without a number. */
  isTest?: boolean;
}) {
  const {
    number,
    startedAt,
    url,
    requestHeaders,
    status,
    responseHeaders,
    responseBody,
    responseTruncated,
    code,
    meaning,
  } = attempt;
  return (
    <section aria-label={isTest ? 'What was sent and answered' : `Try ${number}`}>
      <Text size="sm" className="quiet" mb="sm">
        {isTest ? '' : `Try ${number}, `}
        {exactText(startedAt)}
      </Text>
      {body !== null && (
        <div className={isTest ? classes['below'] : classes['sides']}>
          <div className={classes['side']}>
            <Title order={2} size="h5">
              Request
            </Title>
            <Text className={`mono ${classes['line']}`}>
              <strong>POST</strong> {url}
            </Text>
            <Headers headers={requestHeaders} name="Headers of the request" />
            <JsonText text={body} name="Body of the request" />
          </div>
          <div className={classes['side']}>
            <Title order={2} size="h5">
              Answer
            </Title>
            <Group gap="sm" className={classes['line'] ?? ''}>
              <State tone={code === null ? 'good' : 'bad'}>{status === null ? 'no answer' : String(status)}</State>
              {meaning !== null && (
                <Text size="sm" component="span">
                  {meaning}
                </Text>
              )}
            </Group>
            <Headers headers={responseHeaders} name="Headers of the answer" />
            {status === null || code === 'timeout' ? null : <JsonText text={responseBody} name="Body of the answer" />}
            {responseTruncated && (
              <Text size="xs" className="quiet" mt={4}>
                The answer was longer; its first 16 KB are kept.
              </Text>
            )}
          </div>
        </div>
      )}
      <TimingBar timings={attempt.timings} />
    </section>
  );
}

function Headers({ headers, name }: { headers: Readonly<Record<string, string>>; name: string }) {
  const entries = Object.entries(headers);
  if (entries.length === 0) return null;
  return (
    <dl className={`mono ${classes['headers']}`} aria-label={name}>
      {entries.map(([header, value]) => (
        <div key={header}>
          <dt>{header}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
