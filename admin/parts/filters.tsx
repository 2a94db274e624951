/** What narrows a list, kept in the address bar so that it can be sent to somebody, and survives going back. */
import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import classes from './filters.module.css';

export interface Field {
  name: string;
  label: string;
  /** What can be chosen; without it text is typed. The value of everything is the empty one. */
  choices?: readonly { value: string; label: string }[];
  placeholder?: string;
  /** A moment, of which the day and the time are chosen. */
  isMoment?: true;
}

/** What the address says, of the fields that a list has: text that is not empty. Of anything else nothing is taken. */
export function searchOf<Name extends string>(search: Record<string, unknown>, names: readonly Name[]) {
  const given = names.flatMap((name) => {
    const value = search[name];
    const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
    return text === '' ? [] : [[name, text]];
  });
  return Object.fromEntries(given) as Partial<Record<Name, string>>;
}

export function Filters({
  fields,
  chosen,
  choose,
}: {
  fields: readonly Field[];
  chosen: Readonly<Record<string, string | undefined>>;
  /** Undefined takes a field away. */
  choose: (changes: Record<string, string | undefined>) => void;
}) {
  const narrowed = fields.filter(({ name }) => chosen[name] !== undefined);
  const isNarrow = narrowed.length > 0;
  // On a phone the fields would fill the screen before the first row.
  const [isOpen, { toggle }] = useDisclosure();
  return (
    <>
      <Button
        variant="default"
        hiddenFrom="sm"
        mb="xs"
        leftSection={<IconFilter size={16} aria-hidden />}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        {isNarrow ? `Filters (${narrowed.length})` : 'Filters'}
      </Button>
      <Group
        gap="sm"
        mb="xs"
        align="flex-end"
        role="search"
        aria-label="Filters"
        className={classes['fields'] ?? ''}
        data-open={isOpen}
      >
        {fields.map((field) => (
          <One
            key={field.name}
            field={field}
            value={chosen[field.name] ?? ''}
            set={(value) => choose({ [field.name]: value === '' ? undefined : value })}
          />
        ))}
        {isNarrow && (
          <Button
            variant="subtle"
            onClick={() => choose(Object.fromEntries(fields.map(({ name }) => [name, undefined])))}
          >
            Clear filters
          </Button>
        )}
      </Group>
    </>
  );
}

function One({ field, value, set }: { field: Field; value: string; set: (value: string) => void }) {
  const [text, setText] = useState(shownText(field, value));
  useEffect(() => setText(shownText(field, value)), [field, value]);
  const { label, choices, placeholder, isMoment } = field;
  if (choices !== undefined) {
    return (
      <Select
        label={label}
        w={190}
        size="sm"
        data={[...choices]}
        allowDeselect={false}
        value={value}
        onChange={(chosen) => set(chosen ?? '')}
      />
    );
  }
  function settle(): void {
    if (isMoment !== true) return set(text.trim());
    const at = Date.parse(text);
    set(Number.isNaN(at) ? '' : new Date(at).toISOString());
  }
  return (
    <TextInput
      label={label}
      w={isMoment === true ? 205 : 180}
      size="sm"
      {...(isMoment === true ? { type: 'datetime-local' } : {})}
      {...(placeholder === undefined ? {} : { placeholder })}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle();
      }}
    />
  );
}

/** A moment in the address has a zone; the field shows the local time. */
function shownText({ isMoment }: Field, value: string): string {
  if (isMoment !== true || value === '') return value;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return '';
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
