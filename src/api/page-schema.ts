/** How every long list is asked for and answered: `limit`, `cursor`, and the `nextCursor` that leads on. */
import { Integer, Array as ListOf, Object as ObjectOf, Optional, String as Text, type TSchema } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { nullable } from './typebox.ts';

export const pageQuery = {
  limit: Optional(
    Integer({
      minimum: 1,
      maximum: limits.pageSizeMax,
      default: limits.pageSizeDefault,
      description: 'Items on a page.',
    }),
  ),
  cursor: Optional(Text({ maxLength: 2048, description: 'The `nextCursor` of the page before.' })),
};

export function pageSchema<Item extends TSchema>(item: Item) {
  return ObjectOf({
    items: ListOf(item),
    nextCursor: nullable('string', {
      description:
        'Leads to the next page; null on the last. A page of a search may be short, or empty, and still have one: what it ' +
        'looked through is bounded.',
    }),
  });
}

export function pageRequest(query: { limit?: number; cursor?: string }): PageRequest {
  return { limit: query.limit ?? limits.pageSizeDefault, cursor: query.cursor ?? null };
}

export function pageAnswer<Item, Shown>(page: Page<Item>, show: (item: Item) => Shown): Page<Shown> {
  return { items: page.items.map((item) => show(item)), nextCursor: page.nextCursor };
}

/** A moment in a query, as ISO 8601 with a zone: `2026-11-22T09:30:00Z`. */
export function momentOf(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(at)) return at;
  const message = `"${field}" must be a moment such as 2026-11-22T09:30:00Z.`;
  throw new BellwireError('invalid_field', message, { field });
}
