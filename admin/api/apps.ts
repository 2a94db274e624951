/** The apps: few, and asked for on many pages. */
import { queryOptions } from '@tanstack/react-query';
import type { App } from './answers.ts';
import { ask } from './request.ts';

export const appsQuery = queryOptions({
  queryKey: ['apps'],
  queryFn: async () => (await ask<{ items: App[] }>('GET', '/apps')).items,
});
