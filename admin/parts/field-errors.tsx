/** Says what the server found wrong at the field that it means, and above the form what is at no field. */
import { Alert } from '@mantine/core';
import { Refused } from '../api/request.ts';

/** `fields` are those of the form, as the API names them. */
export function fieldErrors<Field extends string>(
  error: Error | null,
  fields: readonly Field[],
): { at: Partial<Record<Field, string>>; elsewhere: Error | null } {
  if (!(error instanceof Refused) || error.field === '') return { at: {}, elsewhere: error };
  const field = fields.find((name) => error.field === name || new RegExp(`^${name}[.[]`).test(error.field));
  if (field === undefined) return { at: {}, elsewhere: error };
  return { at: { [field]: error.message } as Partial<Record<Field, string>>, elsewhere: null };
}

export function FormTrouble({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert color="red" role="alert">
      {error.message}
    </Alert>
  );
}
