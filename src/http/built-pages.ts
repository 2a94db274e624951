/** What the build has made for pages, at the root of the package: two folders up from src/http and from dist/http alike. */
import { readdirSync, readFileSync } from 'node:fs';
import { type FileContent, fileContent } from './page-files.ts';

const folder = new URL('../../dist/pages/', import.meta.url);

export function builtText(name: string): string {
  return builtBytes(name).toString('utf8');
}

export function builtBytes(name: string): Buffer {
  return built(name, () => readFileSync(new URL(name, folder)));
}

/** What is in a folder. */
export function builtNames(name: string): string[] {
  return built(name, () => readdirSync(new URL(`${name}/`, folder)));
}

/** By name, those of a folder that end so. Each is read and packed when it is first asked for. */
export function builtFiles(name: string, ending: string): Map<string, () => FileContent> {
  const names = builtNames(name).filter((file) => file.endsWith(ending));
  return new Map(names.map((file) => [file, once(() => fileContent(builtText(`${name}/${file}`)))]));
}

/** What is worked out when it is first wanted, and then kept: what nobody wants takes no room. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function built<Read>(name: string, read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    throw new Error(`dist/pages/${name} is not there: run \`npm run build\`, which makes it.`, { cause });
  }
}
