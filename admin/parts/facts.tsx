/** What is known of one thing, by name. What is empty is left out. */
import type { ReactNode } from 'react';
import classes from './facts.module.css';

export interface Fact {
  name: string;
  shown: ReactNode;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes['facts']}>
      {facts
        .filter(({ shown }) => shown !== '')
        .map(({ name, shown }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{shown}</dd>
          </div>
        ))}
    </dl>
  );
}
