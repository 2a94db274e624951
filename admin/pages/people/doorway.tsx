/** What is around the pages for whoever is not signed in yet. */
import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Mark } from '../../shell/mark.tsx';

export function Doorway({ title, children, words }: { title: string; children: ReactNode; words?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Bellwire`;
  }, [title]);
  return (
    <Box component="main" mih="100dvh" p="md" pt="12vh">
      <Stack maw={420} mx="auto" gap="lg">
        <Group gap="sm" justify="center">
          <Mark size={34} />
          <Text fw={650} size="xl" component="span">
            Bellwire
          </Text>
        </Group>
        <Paper withBorder p="xl" radius="md" bg="var(--sheet)">
          <Title order={1} size="h3" mb={words === undefined ? 'md' : 4}>
            {title}
          </Title>
          {words !== undefined && (
            <Text className="quiet" size="sm" mb="md" component="div">
              {words}
            </Text>
          )}
          {children}
        </Paper>
      </Stack>
    </Box>
  );
}
