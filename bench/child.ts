/**
 * The programs of the bench, each in a process of its own, and how they are talked to: over Node's channel between parent
 * and child, a program's functions are called as if they were here. What a child tells without being asked is a `notice`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type Program = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Child<Api extends Program> {
  pid: number;
  ask<Name extends keyof Api & string>(
    name: Name,
    ...args: Parameters<Api[Name]>
  ): Promise<Awaited<ReturnType<Api[Name]>>>;
  onNotice(act: (count: number) => void): void;
  end(): Promise<void>;
}

interface Question {
  name: string;
  args: never[];
}
type FromChild<Value> = { kind: 'answer'; value: Value } | { kind: 'notice'; count: number };

export function startChild<Api extends Program>(file: string): Child<Api> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], { serialization: 'advanced' });
  const waiting: { resolve: (value: never) => void; reject: (error: Error) => void }[] = [];
  let notice: ((count: number) => void) | null = null;
  let ending = false;
  child.on('message', (message: FromChild<never>) => {
    if (message.kind === 'notice') notice?.(message.count);
    // Answers come in the order of the questions, and the types of `ask` say what each is.
    else waiting.shift()?.resolve(message.value);
  });
  child.on('exit', (code) => {
    // What was asked of a child that was told to end, such as to take note of a last count, nobody waits for.
    if (ending) return;
    const error = new Error(`${file} ended before its time, with code ${String(code)}.`);
    for (const { reject } of waiting.splice(0)) reject(error);
    throw error;
  });
  return {
    pid: pidOf(child),
    ask: (name, ...args) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.send({ name, args });
      }),
    onNotice(act) {
      notice = act;
    },
    end() {
      ending = true;
      return new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      });
    },
  };
}

/** The child's side: answers each question in turn, and ends when the parent is gone. */
export function answerQuestions(program: Program): void {
  let last: Promise<unknown> = Promise.resolve();
  process.on('message', ({ name, args }: Question) => {
    const before = last;
    last = (async () => {
      await before;
      const value = await program[name]?.(...args);
      process.send?.({ kind: 'answer', value } satisfies FromChild<unknown>);
    })();
  });
  process.on('disconnect', () => process.exit(0));
}

export function notify(count: number): void {
  process.send?.({ kind: 'notice', count } satisfies FromChild<unknown>);
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('A process could not be started.');
  return child.pid;
}
