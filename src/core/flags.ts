/**
 * The flags of a command line, read and described from one list of them: `--port 8080` or `--port=8080`. Node's own
 * `parseArgs` stops at the first mistake; whoever mends a command line wants to hear of all of them at once.
 */
import { nearest } from './nearest.ts';

export interface Flag {
  /** Without the dashes. */
  name: string;
  /** What stands for the value in the help, such as `<number>`. Null: the flag is a switch and takes none. */
  value: string | null;
  text: string;
}

export interface ParsedFlags {
  /** By name; the empty string for a switch that was given. */
  values: Map<string, string>;
  /** What was given and is no flag, in order. */
  words: string[];
  problems: string[];
}

export function parseFlags(argv: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const parsed: ParsedFlags = { values: new Map(), words: [], problems: [] };
  const { values, words, problems } = parsed;
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith('--') || argument === '--') {
      if (argument.startsWith('-')) problems.push(`${argument} is not a flag: flags start with two dashes.`);
      else words.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = argument.slice(2, equals === -1 ? undefined : equals);
    const flag = flags.find((flag) => flag.name === name);
    const next = argv[index + 1];
    // Also for a flag that we do not know, what follows is taken for its value, or it would be a second complaint.
    const followed = equals === -1 && flag?.value !== null && next !== undefined && !next.startsWith('--');
    const value = equals === -1 ? (followed ? next : undefined) : argument.slice(equals + 1);
    if (followed) index += 1;

    if (flag === undefined) problems.push(`--${name} is not a flag.${meant(name, flags)}`);
    else if (values.has(name)) problems.push(`--${name} is given twice.`);
    else if (flag.value === null && value !== undefined) problems.push(`--${name} takes no value.`);
    else if (flag.value !== null && value === undefined)
      problems.push(`--${name} needs a value: --${name} ${flag.value}.`);
    else values.set(name, value ?? '');
  }
  return parsed;
}

/** One entry for each flag: how it is written, and below it what it does. */
export function describeFlags(flags: readonly Flag[]): string {
  return flags
    .map(({ name, value, text }) => {
      const written = value === null ? `--${name}` : `--${name} ${value}`;
      return `  ${written}\n${wrap(text, 6)}`;
    })
    .join('\n');
}

function meant(name: string, flags: readonly Flag[]): string {
  const likely = nearest(
    name,
    flags.map((flag) => flag.name),
  );
  return likely === null ? '' : ` Did you mean --${likely}?`;
}

const lineCharsMax = 96;

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > lineCharsMax) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((line) => ' '.repeat(indent) + line).join('\n');
}
