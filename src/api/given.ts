/** The same without what is undefined: a filter or change that was not sent must not be one for "undefined". */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const sent = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(sent) as ReturnType<typeof given<Fields>>;
}
