/** All event categories, or individual ones. */
import { Checkbox, Radio, Stack, Text } from '@mantine/core';
import { eventTypes } from '../../parts/event-words.ts';
import { adminEvents, type ChosenType, categories } from './event-choice-words.ts';
import classes from './form.module.css';

interface Choice {
  isAll: boolean;
  chosen: readonly ChosenType[];
}

export function EventChoice({
  choice: { isAll, chosen },
  choose,
  error,
}: {
  choice: Choice;
  choose: (choice: Choice) => void;
  error: string | undefined;
}) {
  function toggle(types: readonly ChosenType[], on: boolean): void {
    const others = chosen.filter((type) => !types.includes(type));
    choose({ isAll, chosen: on ? [...others, ...types] : others });
  }
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Event categories"
        description="There is no other filter: a webhook with Guides gets every guide display. Filter further where it arrives."
        value={isAll ? 'all' : 'individual'}
        onChange={(value) => choose({ isAll: value === 'all', chosen })}
      >
        <Stack gap="xs" mt="xs">
          <Radio
            value="all"
            label="All event categories"
            description="All but Admin events, which are chosen by themselves."
          />
          <Radio value="individual" label="Individual event categories" />
        </Stack>
      </Radio.Group>
      {!isAll && (
        <div className={classes['categories']} role="group" aria-label="Individual event categories">
          {categories.map(({ name, types }) => {
            const on = types.filter((type) => chosen.includes(type));
            return (
              <div key={name}>
                <Checkbox
                  label={name}
                  checked={on.length === types.length}
                  indeterminate={on.length > 0 && on.length < types.length}
                  onChange={(event) => toggle(types, event.currentTarget.checked)}
                />
                {types.length > 1 && (
                  <Stack gap={4} mt={4} pl={28}>
                    {types.map((type) => (
                      <Checkbox
                        key={type}
                        size="xs"
                        label={eventTypes[type]}
                        checked={chosen.includes(type)}
                        onChange={(event) => toggle([type], event.currentTarget.checked)}
                      />
                    ))}
                  </Stack>
                )}
              </div>
            );
          })}
        </div>
      )}
      {!isAll && (
        <Checkbox
          label={adminEvents.name}
          description={adminEvents.description}
          checked={chosen.includes('adminEvent')}
          onChange={(event) => toggle(adminEvents.types, event.currentTarget.checked)}
        />
      )}
      {error !== undefined && (
        <Text size="sm" c="var(--bad)" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
}
