/** What every page has: a title, what can be done there, and what is shown while it loads, has nothing or has failed. */
import { Alert, Anchor, Box, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Refused } from '../api/request.ts';
import { useIsAdmin } from '../api/session.tsx';
import classes from './page.module.css';

interface Head {
  title: string;
  /** Above the title: where this belongs. */
  above?: ReactNode;
  /** Beside the title, such as a state. */
  beside?: ReactNode;
  /** One sentence below it. */
  children?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, above, beside, children, actions }: Head) {
  useEffect(() => {
    document.title = `${title} · Bellwire`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="lg">
      <Box className={classes['words'] ?? ''}>
        {above !== undefined && (
          <Text size="sm" className="quiet">
            {above}
          </Text>
        )}
        <Group gap="sm" wrap="nowrap">
          <Title order={1} size="h2" className={classes['title'] ?? ''} title={title} dir="auto">
            {title}
          </Title>
          {beside}
        </Group>
        {children !== undefined && (
          <Text mt={4} className="quiet" component="div">
            {children}
          </Text>
        )}
      </Box>
      {actions !== undefined && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}

/** What is shown where there is nothing, with the next thing to do. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack className={classes['empty'] ?? ''} align="center" gap="xs">
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text className="quiet" ta="center" maw="34rem" component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** An error in words, with what can be done: to try again, or to ask whoever may. */
export function Trouble({ error, what, retry }: { error: Error; what: string; retry?: () => void }) {
  const requestId = error instanceof Refused ? error.requestId : '';
  return (
    <Alert color="red" title={`${what} could not be loaded`} role="alert">
      <Text size="sm">{error.message}</Text>
      {requestId !== '' && (
        <Text size="sm">
          The server's log has the details under <code>{requestId}</code>.
        </Text>
      )}
      {retry !== undefined && (
        <Button mt="sm" size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** What was asked of the server, as far as it is: rows while it loads, an error in words, or what `children` make of it. */
export function Asked<Data>({
  query,
  what,
  title,
  rows,
  children,
}: {
  query: { data: Data | undefined; error: Error | null; refetch: () => unknown };
  /** What could not be loaded: "The webhook". */
  what: string;
  /** Of a page that has none before it knows what it shows. */
  title?: string;
  rows?: number;
  children: (data: Data) => ReactNode;
}) {
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error === null) return <Loading {...(rows === undefined ? {} : { rows })} />;
  return (
    <>
      {title !== undefined && <PageHead title={title} />}
      <Trouble error={error} what={what} retry={() => void refetch()} />
    </>
  );
}

/** Rows in the shape of what comes. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={38} radius="sm" />
      ))}
    </Stack>
  );
}

/** Shows a Member why something is not for them, instead of it. */
export function AdminsOnly({ what, children }: { what: string; children: ReactNode }) {
  if (useIsAdmin()) return children;
  return (
    <Empty title={`${what} are for Admins`}>
      You are a Member: you can read events, visitors, accounts, warnings and how deliveries went. Ask an Admin to do
      this, or to make you one, in Settings &gt; Users.
    </Empty>
  );
}

/** A link to what is said elsewhere on the same site but not by the router, such as the demo. */
export function OutLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Anchor href={href} target="_blank" rel="noreferrer">
      {children}
    </Anchor>
  );
}
