/** Runs `bellwire` as a process of its own, straight from its sources, and waits for what it writes. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface Program {
  out(): string;
  err(): string;
  /** Resolves with the match once stdout or stderr has one; rejects when the program ends without. */
  wrote(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>;
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  // Nothing of the environment that the tests run in: a BELLWIRE_ variable there must not decide what a test says.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...env },
    // Its input is at its end from the start.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** Each looks whether what it waits for has been written, and says so. */
  const waiting = new Set<() => boolean>();
  const look = () => {
    for (const written of waiting) if (written()) waiting.delete(written);
  };
  const out = collect(child.stdout, look);
  const err = collect(child.stderr, look);
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
  });
  return {
    out: () => out.text,
    err: () => err.text,
    ended,
    signal: (name) => void child.kill(name),
    wrote(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(out.text) ?? pattern.exec(err.text);
          if (match === null) return false;
          resolve(match);
          return true;
        };
        if (look()) return;
        waiting.add(look);
        const fail = () => reject(new Error(`It ended without writing ${String(pattern)}:\n${out.text}\n${err.text}`));
        void ended.then(fail);
      });
    },
  };
}

function collect(stream: Readable, then: () => void): { text: string } {
  const collected = { text: '' };
  stream.setEncoding('utf8').on('data', (text: string) => {
    collected.text += text;
    then();
  });
  return collected;
}
