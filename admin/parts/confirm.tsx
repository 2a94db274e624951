/** Asks before what cannot be taken back. The button names its object: "Delete webhook Zendesk". */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import classes from './confirm.module.css';
import { FormTrouble } from './form.tsx';

interface Question {
  isOpen: boolean;
  title: string;
  /** What will be lost, in sentences. */
  children: ReactNode;
  /** On the button. */
  action: string;
  act: () => Promise<unknown>;
  close: () => void;
  /** Nothing is lost by it: the button is not red. */
  isHarmless?: boolean;
}

export function Confirm({ isOpen, title, children, action, act, close, isHarmless = false }: Question) {
  const acting = useMutation({ mutationFn: act, onSuccess: close });
  function leave(): void {
    acting.reset();
    close();
  }
  return (
    <Modal opened={isOpen} onClose={leave} title={title}>
      <Stack>
        <div>{children}</div>
        <FormTrouble error={acting.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={leave} data-autofocus>
            Cancel
          </Button>
          <Button
            {...(isHarmless ? {} : { color: 'red' })}
            classNames={{ root: classes['action'] ?? '', label: classes['words'] ?? '' }}
            title={action}
            loading={acting.isPending}
            onClick={() => acting.mutate()}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
