/** What a PostgreSQL's log says of some databases. Its lines begin as `logLinePrefix` has it. */

/** When, which database, who, and which process; the last two are not looked at, since a name may hold anything. */
export const logLinePrefix = '%m %d %a [%p] ';

const entryStart = /^\d{4}-\d\d-\d\d [\d:.]+ \w+ (\S*) /;

/** The last entries that are about these databases, or about none, as the death of a process is. */
export function entriesAbout(log: string, databases: ReadonlySet<string>, entriesMax = 40): string[] {
  const entries: { about: string; text: string }[] = [];
  for (const line of log.split('\n')) {
    const about = entryStart.exec(line)?.[1];
    const last = entries.at(-1);
    if (about !== undefined) entries.push({ about, text: line });
    // The text of a statement may have many lines.
    else if (last !== undefined && line !== '') last.text += `\n${line}`;
  }
  return entries
    .filter(({ about }) => about === '' || databases.has(about))
    .slice(-entriesMax)
    .map(({ text }) => text);
}
