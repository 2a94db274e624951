/** A form: what it sends, what the server finds wrong with which field, and its buttons. What was typed stays, whatever comes. */
import { Alert, Button, type ButtonProps, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode, SubmitEvent } from 'react';
import { Refused } from '../api/request.ts';

export interface FormState<Field extends string = string> {
  /** What the server found wrong at each field, in its words. */
  at: Partial<Record<Field, string>>;
  /** What went wrong and is at no field. */
  elsewhere: Error | null;
  isSending: boolean;
  submit: (event: SubmitEvent) => void;
}

/** `fields` are those of the form, as the API names them. `send` also does what follows once the server has taken it. */
export function useForm<Field extends string>(
  fields: readonly Field[],
  send: () => Promise<unknown>,
  /** Whether the form is far enough to be sent; shows what is missing if not. */
  check: () => boolean = () => true,
): FormState<Field> {
  const sending = useMutation({ mutationFn: send });
  return {
    ...fieldErrors(sending.error, fields),
    isSending: sending.isPending,
    submit(event) {
      event.preventDefault();
      if (check()) sending.mutate();
    },
  };
}

/** Fields below each other. Where they stand otherwise, they are the one child. */
export function Form({ of, maw, children }: { of: FormState; maw?: number; children: ReactNode }) {
  return (
    <form onSubmit={of.submit}>
      <Stack {...(maw === undefined ? {} : { maw })}>
        <FormTrouble error={of.elsewhere} />
        {children}
      </Stack>
    </form>
  );
}

export function Submit({ of, ...look }: { of: FormState } & Pick<ButtonProps, 'children' | 'disabled' | 'mt'>) {
  return <Button type="submit" loading={of.isSending} {...look} />;
}

/** At the end of a dialogue: Cancel, and beside it what else can be done. */
export function DialogEnd({ cancel, children }: { cancel: () => void; children: ReactNode }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={cancel}>
        Cancel
      </Button>
      {children}
    </Group>
  );
}

export function FormTrouble({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert color="red" role="alert">
      {error.message}
    </Alert>
  );
}

function fieldErrors<Field extends string>(
  error: Error | null,
  fields: readonly Field[],
): Pick<FormState<Field>, 'at' | 'elsewhere'> {
  if (!(error instanceof Refused) || error.field === '') return { at: {}, elsewhere: error };
  const field = fields.find((name) => error.field === name || new RegExp(`^${name}[.[]`).test(error.field));
  if (field === undefined) return { at: {}, elsewhere: error };
  return { at: { [field]: error.message } as Partial<Record<Field, string>>, elsewhere: null };
}
