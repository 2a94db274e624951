/**
 * `bellwire replay`: sends deliveries again. Says first how many that would be, asks, and shows how far it is. Leaving it
 * with Ctrl+C stops the showing and not the replay, which is the server's.
 */
import type { Flag } from '../core/flags.ts';
import { replayableStates } from '../core/replay.ts';
import { managementApi, type ReplayFields, type ShownReplay } from './management.ts';
import { Mishap } from './request.ts';
import { printable, type Terminal } from './terminal.ts';

export const replayFlags: readonly Flag[] = [
  { name: 'key', value: '<key>', text: 'An integration key. Default: BELLWIRE_INTEGRATION_KEY.' },
  {
    name: 'url',
    value: '<url>',
    text: 'The server. Default: where `npx bellwire serve` listens with the same settings.',
  },
  { name: 'webhook', value: '<id>', text: 'Only to this webhook. Default: to all.' },
  {
    name: 'states',
    value: '<list>',
    text: `What to send, separated by commas: ${replayableStates.join(', ')}. Default: failed.`,
  },
  { name: 'type', value: '<event type>', text: 'Only events of this type.' },
  { name: 'code', value: '<code>', text: 'Only what has failed so, such as http_503 or timeout.' },
  { name: 'visitor', value: '<id>', text: 'Only events of this visitor.' },
  { name: 'account', value: '<id>', text: 'Only events of this account.' },
  { name: 'from', value: '<time>', text: 'Only events received from then on, such as 2026-11-22T09:30:00Z.' },
  { name: 'before', value: '<time>', text: 'Only events received before then.' },
  { name: 'all', value: null, text: 'Everything in these states: needed when nothing else narrows it.' },
  { name: 'count', value: null, text: 'Only say how many there are.' },
  { name: 'yes', value: null, text: 'Do not ask.' },
];

export interface ReplayCommand {
  url: string;
  key: string;
  fields: ReplayFields;
  countOnly: boolean;
  sure: boolean;
}

export interface ReplayDeps {
  terminal: Terminal;
  /** Asks a person, who says yes or does not. */
  confirmed(question: string): Promise<boolean>;
  pause(ms: number): Promise<void>;
}

/** The flags that narrow it, by the field of the API that each is. */
const narrowing: Readonly<Record<string, string>> = {
  webhookId: 'webhook',
  eventType: 'type',
  code: 'code',
  visitorId: 'visitor',
  accountId: 'account',
  receivedFrom: 'from',
  receivedBefore: 'before',
};

/** What the flags narrow it to. A command line that would send everything again must say so. */
export function replayFieldsOf(values: ReadonlyMap<string, string>): ReplayFields {
  const texts = Object.entries(narrowing).flatMap(([field, flag]) => {
    const text = values.get(flag);
    return text === undefined ? [] : [[field, text] as const];
  });
  for (const flag of ['from', 'before']) insistOnMoment(flag, values.get(flag));
  const states = values.get('states');
  if (texts.length === 0 && !values.has('all')) {
    const flags = Object.values(narrowing).map((flag) => `--${flag}`);
    throw new Mishap(
      `This would send everything again. Say which: ${flags.slice(0, -1).join(', ')} or ${flags.at(-1)}; or that you mean it: --all.`,
    );
  }
  return {
    ...Object.fromEntries(texts),
    ...(states === undefined ? {} : { states: statesNamed(states) }),
    ...(values.has('all') ? { all: true } : {}),
  };
}

function insistOnMoment(flag: string, text: string | undefined): void {
  if (text === undefined || (/T.+(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)))) return;
  throw new Mishap(`--${flag} must be a moment such as 2026-11-22T09:30:00Z.`);
}

function statesNamed(list: string): string[] {
  const states = list.split(',').map((state) => state.trim());
  const unknown = states.filter((word) => !replayableStates.some((state) => state === word));
  if (unknown.length === 0) return states;
  throw new Mishap(`--states has ${unknown.join(', ')}; there are ${replayableStates.join(', ')}.`);
}

/** The server names the fields of its API; whoever reads this has given flags. */
function inFlags(error: unknown): unknown {
  if (!(error instanceof Mishap)) return error;
  const message = error.message.replaceAll(/"(\w+)"/g, (name, field: string) => {
    const flag = Object.hasOwn(narrowing, field) ? narrowing[field] : undefined;
    return flag === undefined ? name : `--${flag}`;
  });
  return new Mishap(message, { cause: error });
}

export async function replay(command: ReplayCommand, deps: ReplayDeps): Promise<number> {
  const { terminal } = deps;
  const api = managementApi(command);
  const count = await api.countReplay(command.fields).catch((error: unknown) => {
    throw inFlags(error);
  });
  terminal.out(`${printable(count.words)}: ${count.matched}`);
  for (const webhook of count.webhooks) {
    const states = Object.entries(webhook.byState).filter(([, matched]) => matched > 0);
    const off = webhook.enabled ? '' : '  (off: waits until it is switched on)';
    const parts = states.map(([state, matched]) => `${matched} ${state}`).join(', ');
    terminal.out(`  ${printable(webhook.webhookName)}  ${parts}${off}`);
  }
  if (command.countOnly || count.matched === 0) return 0;
  if (!command.sure && !(await deps.confirmed(`Send ${count.matched} again? (y/N) `))) {
    throw new Mishap('Nothing was sent.');
  }
  let now = await api.startReplay(command.fields);
  terminal.note(`Replay ${now.id} is at work. To stop it: POST ${command.url}/api/v1/replays/${now.id}/cancel`);
  let shown = '';
  for (;;) {
    const line = progressOf(now);
    if (line !== shown) terminal.out(line);
    shown = line;
    if (now.state === 'finished' || now.state === 'cancelled') return now.counts.failed > 0 ? 1 : 0;
    await deps.pause(lookAgainMs);
    now = await api.replay(now.id);
  }
}

const lookAgainMs = 500;

function progressOf({ state, counts }: ShownReplay): string {
  const { matched, requeued, delivered, failed, waiting } = counts;
  return `${state}: ${requeued} of ${matched} put back, ${delivered} delivered, ${failed} failed, ${waiting} on their way`;
}
