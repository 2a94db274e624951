/** A few sentences in the colour of a state, with its title. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './note.module.css';
import type { Tone } from './state.tsx';

export function Note({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <div className={`${classes['note']} ${classes[tone]}`} role="status">
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text size="sm" component="div">
          {children}
        </Text>
      )}
    </div>
  );
}
