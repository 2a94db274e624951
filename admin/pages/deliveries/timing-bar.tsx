/** Where the time of an attempt went: DNS, connect, TLS, waiting for the answer, reading it. */
import { Text } from '@mantine/core';
import type { Attempt } from '../../api/answers.ts';
import classes from './attempt.module.css';

type Timings = Attempt['timings'];

export function TimingBar({ timings }: { timings: Timings }) {
  const phases = phasesOf(timings);
  const total = timings.totalMs ?? 0;
  // Without an answer it is not known: it may not have come so far.
  const isKept = timings.connectMs === null && timings.firstByteMs !== null;
  return (
    <div className={classes['timing']}>
      <div className={classes['bar']} aria-hidden>
        {phases.map(({ name, ms, tone }) => (
          <div
            key={name}
            className={classes[tone]}
            style={{ flexGrow: Math.max(ms, total / 200) }}
            title={`${name} ${msText(ms)}`}
          />
        ))}
      </div>
      <Text size="sm" component="ul" className={classes['phases'] ?? ''}>
        {phases.map(({ name, ms, tone }) => (
          <li key={name}>
            <i className={`${classes['dot']} ${classes[tone]}`} aria-hidden />
            {name} <strong className="tabular">{msText(ms)}</strong>
          </li>
        ))}
        <li>
          in all <strong className="tabular">{msText(total)}</strong>
        </li>
        {isKept && <li className="quiet">The connection was open already.</li>}
      </Text>
    </div>
  );
}

interface Phase {
  name: string;
  ms: number;
  tone: 'dns' | 'connect' | 'tls' | 'wait' | 'read';
}

/** The times are of each phase alone; what is left of the whole after the first byte was reading. */
function phasesOf({ dnsMs, connectMs, tlsMs, firstByteMs, totalMs }: Timings): Phase[] {
  const before = (dnsMs ?? 0) + (connectMs ?? 0) + (tlsMs ?? 0);
  const rest = Math.max(0, (totalMs ?? 0) - before);
  const wait = firstByteMs === null ? rest : Math.min(firstByteMs, rest);
  const all: Phase[] = [
    { name: 'DNS', ms: dnsMs ?? 0, tone: 'dns' },
    { name: 'Connect', ms: connectMs ?? 0, tone: 'connect' },
    { name: 'TLS', ms: tlsMs ?? 0, tone: 'tls' },
    { name: 'Waiting', ms: wait, tone: 'wait' },
    { name: 'Reading', ms: Math.max(0, rest - wait), tone: 'read' },
  ];
  return all.filter(({ ms }) => ms > 0);
}

function msText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
