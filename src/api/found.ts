import { BellwireError } from '../core/errors.ts';

/** The thing itself, or the answer that there is none. */
export function found<Value>(value: Value | null, what: string): Value {
  if (value === null) throw new BellwireError('not_found', `There is no ${what} with this id.`);
  return value;
}
