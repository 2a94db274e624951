/** An attempt as a command. What was masked when it was shown is a placeholder, and what curl says itself is left out. */
import type { Attempt } from '../../api/answers.ts';

export function curlOf({ url, requestHeaders }: Pick<Attempt, 'url' | 'requestHeaders'>, body: string): string {
  const headers = Object.entries(requestHeaders)
    .filter(([name]) => !saidByCurl.has(name.toLowerCase()))
    .map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)} \\\n`);
  return `curl -X POST ${quoted(url)} \\\n${headers.join('')}  --data-binary ${quoted(body)}`;
}

const saidByCurl = new Set(['host', 'content-length', 'connection']);

/** For a POSIX shell: nothing in it means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
