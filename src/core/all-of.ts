/**
 * All of them, to their ends, also when one fails: what is still under way in a transaction would run on into the next one on
 * the same connection. Rejects as the first of them does, in the order in which they are named.
 */
export async function allOf<const Values extends readonly unknown[]>(
  parts: {
    [Key in keyof Values]: Values[Key] | Promise<Values[Key]>;
  },
): Promise<Values> {
  const settled = await Promise.allSettled(parts);
  return settled.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  }) as unknown as Values;
}
