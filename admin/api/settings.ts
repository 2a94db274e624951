/** Settings of the whole installation. */
import { queryOptions } from '@tanstack/react-query';
import type { Settings } from './answers.ts';
import { queries } from './queries.ts';
import { ask } from './request.ts';

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => ask<Settings>('GET', '/settings'),
});

export async function changeSettings(changes: Partial<Settings>): Promise<Settings> {
  const settings = await ask<Settings>('PATCH', '/settings', { body: changes });
  queries.setQueryData(settingsQuery.queryKey, settings);
  return settings;
}
