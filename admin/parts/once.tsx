/** What is shown this once: a key, a secret, a link. It stays until whoever sees it says that they have it. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { KeyText } from './copy.tsx';

export interface ShownOnce {
  title: string;
  /** What it is called: "integration key". */
  name: string;
  text: string;
  /** What it is for, and what to do with it. */
  words: ReactNode;
}

export function Once({ shown, close }: { shown: ShownOnce | null; close: () => void }) {
  return (
    <Modal
      opened={shown !== null}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      title={shown?.title ?? ''}
      size="lg"
    >
      {shown !== null && (
        <Stack>
          <Text component="div">{shown.words}</Text>
          <Alert color="brass" title="It is shown this once">
            <KeyText text={shown.text} name={shown.name} />
          </Alert>
          <Group justify="flex-end">
            <Button onClick={close}>I have kept it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
