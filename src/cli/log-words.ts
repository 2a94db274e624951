/**
 * A line of the log for a person who watches the server in a terminal: the time, what happened, and the fields that it is
 * about. Programs that collect the log get the line itself, in JSON.
 */
import { printable } from './terminal.ts';

/** In UTC, as everywhere. Only what is worse than news is named by its level, so that it stands out. */
export function logInWords(line: string): string {
  const { level, time, node: _, msg, err, ...fields } = fieldsIn(line);
  if (typeof msg !== 'string') return `${printable(line.trimEnd())}\n`;
  const label = typeof level === 'number' ? (labels.find(([from]) => level >= from)?.[1] ?? '') : '';
  const about = Object.entries(fields).map(([name, value]) => `${name} ${shown(value)}`);
  const clockTime = typeof time === 'string' ? time.slice(11, 19) : '';
  const words = `${label}${msg}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
  return `${clockTime}  ${printable(words)}\n${stackOf(err)}`;
}

const labels: readonly (readonly [number, string])[] = [
  [60, 'FATAL '],
  [50, 'ERROR '],
  [40, 'WARNING '],
];

function fieldsIn(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return '';
  const lines = String(err.stack).split('\n');
  return lines.map((line) => `          ${printable(line)}\n`).join('');
}
