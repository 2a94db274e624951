/**
 * A chapter of the guide as something that runs. Its fenced blocks are taken in order:
 *
 *   sh     run by a shell; what it sets is known to the blocks after it
 *   js     started as a program, which runs until the next one starts or the chapter ends
 *   json   what the last `sh` block printed, or a part of it; "…" stands for any text
 *   text   a line that the program prints; where none runs, the lines that the last `sh` block printed. "…" as above
 *
 * Blocks of any other language are only read. `npx bellwire` is the program itself, and `npx node` the Node of the tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export interface Block {
  language: string;
  text: string;
}

export function blocksOf(chapter: string): Block[] {
  return [...chapter.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
}

/** Runs a chapter from its first block to its last; `env` is what it takes from the shell. */
export async function runChapter(blocks: readonly Block[], env: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-guide-'));
  const state = join(folder, 'state.sh');
  writeFileSync(state, '');
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'), 'junction');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  writeFileSync(join(bin, 'npx'), npx(main), { mode: 0o755 });
  const shell = (script: string) =>
    spawn('sh', ['-c', `set -eua; . "$0"; ${script}\nexport -p > "$0"`, state], {
      cwd: folder,
      env: { ...env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
  let asked = '';
  let program: RunningProgram | null = null;
  try {
    for (const { language, text } of blocks) {
      if (language === 'sh') asked = text;
      if (language === 'js') {
        await program?.stop();
        writeFileSync(join(folder, 'program.mjs'), text);
        program = runningProgram(shell('exec node program.mjs'));
      }
      if (language === 'json') await expectAnswer(JSON.parse(text), () => outputOf(shell(asked)), onlyAsks(asked));
      if (language === 'text') {
        // A block of which the guide shows what it leads to, and not what it answers.
        const output = asked === '' ? '' : await outputOf(shell(asked));
        if (program === null) expect(output).toMatch(linesLike(text));
        else await program.printed(text.trim());
      }
      if (language === 'json' || language === 'text') asked = '';
    }
  } finally {
    await program?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Stands in for npm's, which takes the programs of the packages in the folder: this one and its Node. */
function npx(main: string): string {
  const node = `"${process.execPath}"`;
  return `#!/bin/sh
program=$1
shift
case $program in
  bellwire) exec ${node} "${main}" "$@" ;;
  node) exec ${node} "$@" ;;
esac
echo "npx does not know $program" >&2
exit 1
`;
}

/** A block that changes nothing is asked again until it answers what the guide says: what it tells of may still be under way. */
async function expectAnswer(wanted: unknown, ask: () => Promise<string>, again: boolean): Promise<void> {
  const expected = anyTextFor(wanted);
  const deadline = Date.now() + 10_000;
  for (;;) {
    const output = await ask();
    try {
      // Several commands in a block print several answers; the guide shows one of them.
      const answers = output.split(/(?<=\})(?=\{)/).map((text): unknown => JSON.parse(text));
      expect(answers).toContainEqual(expected);
      return;
    } catch (error) {
      if (!again || Date.now() > deadline) throw error;
    }
  }
}

/** These lines, one after the other, wherever they begin. */
function linesLike(text: string): RegExp {
  const lines = text
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.+');
  return new RegExp(`^${lines}$`, 'm');
}

function onlyAsks(script: string): boolean {
  return !/ -d | -X /.test(script);
}

function anyTextFor(wanted: unknown): unknown {
  if (typeof wanted === 'string' && wanted.includes('…')) return expect.stringMatching(linesLike(wanted));
  if (Array.isArray(wanted)) return wanted.map(anyTextFor);
  if (typeof wanted !== 'object' || wanted === null) return wanted;
  return expect.objectContaining(
    Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, anyTextFor(value)])),
  );
}

async function outputOf(child: ChildProcess): Promise<string> {
  const written = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => void (written.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (written.err += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`A block of the guide ended with ${String(code)}: ${written.out}${written.err}`);
  return written.out;
}

interface RunningProgram {
  printed(line: string): Promise<void>;
  stop(): Promise<void>;
}

function runningProgram(child: ChildProcess): RunningProgram {
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (err += text));
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return {
    printed(line) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (linesLike(line).test(out)) resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`The program ended without printing "${line}": ${out}${err}`)));
      });
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
