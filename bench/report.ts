/** The tables that the bench prints. */
import { median } from './stats.ts';

export type Kind =
  | 'raw'
  | 'batch'
  | 'single'
  | 'fan-out 3'
  | '10 receivers'
  | '100 receivers'
  | 'a million rows'
  | 'two nodes';

export interface Window {
  kind: Kind;
  eventsPerSecond: number;
  /** User and system time of the process that sends, for each delivery. */
  cpuMicrosPerDelivery: number;
  /** The same of the database's server. */
  databaseMicrosPerDelivery: number;
  /** Parts of one core. */
  sinkShare: number;
  loadShare: number;
  /** Cores that somebody else on the machine kept busy. */
  foreignCores: number;
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export interface Latency {
  ratePerSecond: number;
  reachedPerSecond: number;
  sentToAccepted: Spread;
  /** Below zero when the webhook was there before the sender had its answer. */
  acceptedToReceived: Spread;
  sentToReceived: Spread;
}

/** A window in which others took more of the machine than this tells of them and not of us. */
const foreignCoresMax = 0.25;

const names: Record<Kind, string> = {
  raw: 'bare undici + HMAC',
  batch: 'pipeline, batches of 100',
  single: 'pipeline, single events',
  'fan-out 3': 'batches, 3 webhooks on one receiver',
  '10 receivers': 'batches, 10 webhooks',
  '100 receivers': 'batches, 100 webhooks',
  'a million rows': 'batches, a million events stored',
  'two nodes': 'batches, two nodes on one database',
};
const goals: Partial<Record<Kind, string>> = { batch: '≥ 0.65', single: '≥ 0.40', 'fan-out 3': '≥ 0.70' };

export function ratioTable(windows: readonly Window[]): string {
  const quiet = windows.filter(({ foreignCores }) => foreignCores <= foreignCoresMax);
  const ofKind = (kind: Kind) => {
    const kept = quiet.filter((window) => window.kind === kind);
    return kept.length > 0 ? kept : windows.filter((window) => window.kind === kind);
  };
  const rawRate = median(ofKind('raw').map(({ eventsPerSecond }) => eventsPerSecond));
  const kinds = [...new Set(windows.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const kept = ofKind(kind);
    const of = (
      name:
        | 'eventsPerSecond'
        | 'cpuMicrosPerDelivery'
        | 'databaseMicrosPerDelivery'
        | 'sinkShare'
        | 'loadShare'
        | 'foreignCores',
    ) => median(kept.map((window) => window[name]));
    const all = kept.map(({ eventsPerSecond }) => Math.round(eventsPerSecond));
    return [
      names[kind],
      Math.round(of('eventsPerSecond')).toLocaleString('en'),
      `${Math.min(...all).toLocaleString('en')} – ${Math.max(...all).toLocaleString('en')}`,
      (of('eventsPerSecond') / rawRate).toFixed(2),
      goals[kind] ?? '',
      of('cpuMicrosPerDelivery').toFixed(1),
      of('databaseMicrosPerDelivery').toFixed(1),
      of('sinkShare').toFixed(2),
      kind === 'raw' ? '' : of('loadShare').toFixed(2),
      of('foreignCores').toFixed(2),
      `${kept.length} of ${windows.filter((window) => window.kind === kind).length}`,
    ];
  });
  const head = [
    '',
    'deliveries/s',
    'range',
    'ratio',
    'goal',
    'CPU µs/delivery',
    'of the database',
    'sink cores',
    'sender cores',
    'foreign',
    'windows',
  ];
  return table([head, ...rows]);
}

export function latencyTable(latencies: readonly Latency[]): string {
  const head = ['events/s', 'reached', 'sent → accepted', 'accepted → received', 'sent → received'];
  const rows = latencies.map((latency) => [
    latency.ratePerSecond.toLocaleString('en'),
    Math.round(latency.reachedPerSecond).toLocaleString('en'),
    ms(latency.sentToAccepted),
    ms(latency.acceptedToReceived),
    ms(latency.sentToReceived),
  ]);
  return `Milliseconds, p50 / p99 / max (goal: p99 under 10 at 1,000/s)\n${table([head, ...rows])}`;
}

/** What hanging receivers cost the others: the ratio of medians over alternating windows. */
export function hangingTable(windows: readonly { hanging: boolean; latency: Spread }[]): string {
  const of = (hanging: boolean, name: 'p50' | 'p99') =>
    median(windows.filter((window) => window.hanging === hanging).map(({ latency }) => latency[name]));
  const row = (name: 'p50' | 'p99', goal: string) => [
    name,
    of(false, name).toFixed(2),
    of(true, name).toFixed(2),
    (of(true, name) / of(false, name)).toFixed(2),
    goal,
  ];
  const head = ['sent → received, ms', 'all answer', '20 of 100 hang', 'ratio', 'goal'];
  return `40 events/s to 100 webhooks, medians of alternating windows\n${table([head, row('p50', ''), row('p99', '≤ 1.25')])}`;
}

function ms({ p50, p99, max }: Spread): string {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${max.toFixed(1)}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${rows.map(line).join('\n')}\n`;
}
