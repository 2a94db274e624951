/** What the build has made for pages, at the root of the package: two folders up from src/ingest and from dist/ingest alike. */
import { readdirSync, readFileSync } from 'node:fs';
import { type FileContent, fileContent } from '../http/page-files.ts';

const folder = new URL('../../dist/pages/', import.meta.url);

export function builtText(name: string): string {
  try {
    return readFileSync(new URL(name, folder), 'utf8');
  } catch (cause) {
    throw new Error(`dist/pages/${name} is not there: run \`npm run build\`, which makes it.`, { cause });
  }
}

/** By name, those of a folder that end so. */
export function builtFiles(name: string, ending: string): Map<string, FileContent> {
  const names = readdirSync(new URL(`${name}/`, folder)).filter((file) => file.endsWith(ending));
  return new Map(names.map((file) => [file, fileContent(builtText(`${name}/${file}`))]));
}
