/** The rules of the house, over every file of the repository; see support/house-rules.ts for what they are and why. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rules, type SourceFile } from './support/house-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the repository does not keep. */
const notOurs = new Set(['node_modules', 'dist', 'data', 'try-out', '.git', 'coverage']);
const text = /\.(?:ts|tsx|mts|js|mjs|json|md|ya?ml|html|css)$|^(?:LICENSE|run|\..*rc)$/;

const files = filesIn(root);

test('there is something to look at', () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['package.json', 'src/config.ts', 'src/core/clock.ts', 'bench/main.ts']),
  );
  expect(paths.filter((path) => path.startsWith('src/')).length).toBeGreaterThan(50);
});

describe.each(rules)('$name', (rule) => {
  test('in every file', () => {
    const found = files.flatMap((file) => rule.find(file).map((problem) => `${file.path} ${problem}`));
    expect(found).toEqual([]);
  });

  test.each(rule.bad)('and what breaks it is found: $path $text', (file) => {
    expect(rule.find(file)).not.toEqual([]);
  });
});

function filesIn(folder: string): SourceFile[] {
  return readdirSync(folder).flatMap((name) => {
    if (notOurs.has(name)) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesIn(path);
    if (!text.test(name)) return [];
    return [{ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }];
  });
}
