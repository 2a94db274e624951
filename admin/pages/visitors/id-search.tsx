/** Searches by the start of an id, as somebody types it. */
import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

export function IdSearch({ label, value, search }: { label: string; value: string; search: (text: string) => void }) {
  const [text, setText] = useState(value);
  const settle = useDebouncedCallback(search, 250);
  return (
    <TextInput
      label={label}
      description="The start of an id. Large and small letters differ."
      leftSection={<IconSearch size={16} aria-hidden />}
      maw={420}
      mb="md"
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
    />
  );
}
