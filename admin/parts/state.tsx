/** A state: always a word and a mark, and a colour besides. */
import { IconCheck, IconClock, IconMinus, IconPlayerPause, IconX } from '@tabler/icons-react';
import classes from './state.module.css';

export type Tone = 'good' | 'busy' | 'bad' | 'off';

const marks = { good: IconCheck, busy: IconClock, bad: IconX, off: IconMinus };

export function State({ tone, children, held = false }: { tone: Tone; children: string; held?: boolean }) {
  const Mark = held ? IconPlayerPause : marks[tone];
  return (
    <span className={`${classes['state']} ${classes[tone]}`}>
      <Mark size={13} stroke={2.4} aria-hidden />
      {children}
    </span>
  );
}
