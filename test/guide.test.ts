/** The chapters of the guide, run word for word against a real server: whoever pastes from them gets what they say. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bellwire, startBellwire, testKeys } from './support/bellwire.ts';
import { type Block, blocksOf, runChapter } from './support/chapter.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const guide = new URL('../docs/guide/', import.meta.url);
const chapters = readdirSync(guide).map((name) => ({
  name,
  blocks: blocksOf(readFileSync(new URL(name, guide), 'utf8')),
}));

test('the guide has its chapters', () => {
  expect(chapters.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'nodes.md',
      'people.md',
      'receivers.md',
      'replay.md',
      'sources.md',
      'watching.md',
      'webhooks.md',
    ]),
  );
});

test('log lines and metrics that the guide names are in the sources', () => {
  const sources = globSync('src/**/*.ts', { cwd: new URL('..', import.meta.url) })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
    .join('');
  const watching = readFileSync(new URL('watching.md', guide), 'utf8');
  const named = [
    ...[...watching.matchAll(/^\| `([^`]*)` \|/gm)].map(([, msg = '']) => msg),
    ...[...watching.matchAll(/bellwire_\w+/g)].map(([name]) => name),
  ].filter((name) => name !== 'msg' && !name.includes('{') && name !== '/readyz');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !sources.includes(name))).toEqual([]);
});

describe.each(chapters)('$name', ({ blocks }) => {
  let bellwire: Bellwire;
  let receiver: Receiver;
  beforeEach(async () => {
    bellwire = await startBellwire();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await bellwire.close();
    await receiver.close();
  });

  test('does what it says', async () => {
    expect(countOf(blocks, 'sh')).toBeGreaterThan(3);
    // A command without an answer would run with nobody looking.
    expect(countOf(blocks, 'json', 'text')).toBe(countOf(blocks, 'sh', 'js'));
    const env = {
      BELLWIRE: bellwire.url,
      API_KEY: testKeys.apiKey,
      TRACK_SECRET: testKeys.trackSecret,
      INTEGRATION_KEY: testKeys.integrationKey,
      RECEIVER: receiver.url,
      DATA: bellwire.folder,
      PORT: String(await freePort()),
    };
    await expect(runChapter(blocks, env)).resolves.toBeUndefined();
  });
});

test.each([
  ['a wrong answer', '```sh\n: curl -d 1\necho \'{"a":1}\'\n```\n```json\n{"a":2}\n```\n'],
  ['a command that fails', '```sh\nfalse\n```\n```json\n{}\n```\n'],
  ['a command that says something else', '```sh\necho no\n```\n```text\nyes\n```\n'],
  ['a program that says something else', "```js\nconsole.log('no');\n```\n```text\nyes\n```\n"],
])('%s is found out', async (_, chapter) => {
  const blocks = blocksOf(chapter);
  expect(blocks).toHaveLength(2);
  await expect(runChapter(blocks, {})).rejects.toThrow(/./);
});

function countOf(blocks: readonly Block[], ...languages: string[]): number {
  return blocks.filter(({ language }) => languages.includes(language)).length;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
