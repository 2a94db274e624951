/** What the pages that are only read say, as far as it can be checked: links, settings, and the commands of the first minute. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands, helpText } from '../src/cli/help.ts';
import { serve } from '../src/cli/serve.ts';
import { describeConfig } from '../src/config.ts';
import { eventTypes } from '../src/core/event.ts';
import { roles } from '../src/core/role.ts';

const root = new URL('../', import.meta.url);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
];
const readme = textOf('README.md');

describe('links lead somewhere', () => {
  test.each(pages)('in %s', (page) => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => !/^https?:/.test(link)).filter((link) => !leadsSomewhere(link, page));
    expect(broken).toEqual([]);
  });

  test('and what does not is found', () => {
    expect(leadsSomewhere('docs/nothing.md', 'README.md')).toBe(false);
    expect(leadsSomewhere('guide/sources.md#no-such-heading', 'docs/architecture.md')).toBe(false);
    expect(leadsSomewhere('guide/sources.md#metadata-in-bulk', 'docs/architecture.md')).toBe(true);
    expect([...readme.matchAll(/\]\([^)]+\)/g)].length).toBeGreaterThan(20);
  });
});

test('the README has every setting, in the words of `npx bellwire serve --help`', () => {
  const entries = describeConfig().matchAll(/^ {2}--\S+ \S+ \((\w+)(, or in a file: \w+)?\)\n((?: {6}.*\n?)+)/gm);
  const rows = [...entries].map(([, name, inFile, text = '']) => {
    const said = text.trim().replaceAll(/\n +/g, ' ').replaceAll('|', '\\|');
    return `| \`${name}\`${inFile === undefined ? '' : ' †'} | ${said} |`;
  });
  expect(rows.length).toBeGreaterThan(10);
  expect(readme.match(/^\| `BELLWIRE_.*\|$/gm)).toEqual(rows);
});

test('the README shows what the first start prints', async () => {
  const [, apiKey = '', trackSecret = '', integrationKey = ''] =
    /libraries\) +(\S+)\n.*Event secret +(\S+)\n.*rights\) +(\S+)\n/.exec(readme) ?? [];
  const [setupLink = ''] = /http\S+\/setup#\S+/.exec(readme) ?? [];
  expect(integrationKey).toMatch(/^bwi_/);
  expect(setupLink).toMatch(/#bwl_/);
  const notes: string[] = [];
  await serve({
    start: async () => ({
      url: 'http://127.0.0.1:8080',
      firstKeys: { apiKey, trackSecret, integrationKey },
      setupLink,
      close: async () => {},
    }),
    fixedKeys: { apiKey: null, trackSecret: null, integrationKey: null },
    database: { kind: 'sqlite', path: 'data/bellwire.db' },
    roles,
    stopped: Promise.resolve(),
    terminal: { out() {}, note: (text) => void notes.push(text) },
  });
  const [welcome = ''] = notes;
  const [shown = ''] = welcome.trim().split('\n\nAnd in a third one');
  expect(shown).toMatch(/ BELLWIRE_INTEGRATION_KEY=bwi_\S+ npx bellwire listen --send/);
  expect(readme).toContain(`\`\`\`\n${shown}\n\`\`\``);
});

test('commands are written as they work in a clone, where `bellwire` alone is none', () => {
  const written = [...pages.map(textOf), ...commands.map(helpText)].join('\n');
  const found = written.match(/(?:npx )?\bbellwire (?:serve|migrate|send|listen|replay)\b/g) ?? [];
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((command) => !command.startsWith('npx '))).toEqual([]);
});

test('the README names no event type that there is not', () => {
  const sent = [...readme.matchAll(/(?:bellwire send|--send) (\w+)/g)].map(([, type]) => type);
  expect(sent.length).toBeGreaterThan(1);
  for (const type of sent) expect(eventTypes).toContain(type);
});

/** As GitHub finds headings: small letters, words joined by dashes, other signs left out. */
function leadsSomewhere(link: string, page: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? new URL(page, root) : new URL(path, new URL(page, root));
  if (!existsSync(target)) return false;
  if (heading === undefined) return true;
  const headings = readFileSync(target, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.some((text) => anchorOf(text) === heading);
}

function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function textOf(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}
