/** JSON as it was sent or came, with colour and folding. What is no JSON is shown as it is. */
import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './json-view.module.css';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export function JsonText({ text, name }: { text: string; name: string }) {
  const value = parsed(text);
  if (value === undefined) {
    return (
      <pre className={`mono ${classes['block']} ${classes['plain']}`} tabIndex={0} role="region" aria-label={name}>
        {text === '' ? 'empty' : text}
      </pre>
    );
  }
  return <JsonView value={value} name={name} />;
}

export function JsonView({ value, name }: { value: unknown; name: string }) {
  return (
    <div className={`mono ${classes['block']}`} tabIndex={0} role="region" aria-label={name}>
      <Node label={null} value={value as Json} depth={0} isLast />
    </div>
  );
}

interface NodeOf {
  label: string | null;
  value: Json;
  depth: number;
  isLast: boolean;
}

function Node({ label, value, depth, isLast }: NodeOf) {
  const [isOpen, setOpen] = useState(depth < 4);
  const key = label === null ? null : <span className={classes['key']}>{JSON.stringify(label)}: </span>;
  const comma = isLast ? '' : ',';
  if (typeof value !== 'object' || value === null) {
    return (
      <div className={classes['line']}>
        {key}
        <span className={classes[value === null ? 'null' : typeof value]}>{JSON.stringify(value)}</span>
        {comma}
      </div>
    );
  }
  const isList = Array.isArray(value);
  const entries = isList ? value.map((one) => [null, one] as const) : Object.entries(value);
  const [open, close] = isList ? '[]' : '{}';
  if (entries.length === 0) {
    return (
      <div className={classes['line']}>
        {key}
        {open}
        {close}
        {comma}
      </div>
    );
  }
  return (
    <div>
      <UnstyledButton className={classes['fold'] ?? ''} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? <IconChevronDown size={12} aria-hidden /> : <IconChevronRight size={12} aria-hidden />}
        {key}
        {open}
        {!isOpen && (
          <span className="quiet">
            {' '}
            {entries.length} {close}
            {comma}
          </span>
        )}
      </UnstyledButton>
      {isOpen && (
        <>
          <div className={classes['inside']}>
            {entries.slice(0, shownMax).map(([of, one], at) => (
              <Node key={of ?? at} label={of} value={one} depth={depth + 1} isLast={at === entries.length - 1} />
            ))}
            {entries.length > shownMax && <div className="quiet">… {entries.length - shownMax} more</div>}
          </div>
          <div className={classes['line']}>
            {close}
            {comma}
          </div>
        </>
      )}
    </div>
  );
}

/** Nobody reads more, and a browser with a hundred thousand elements stands still. */
const shownMax = 500;

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
