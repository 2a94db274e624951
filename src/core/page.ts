/** Long lists are read in pages, each of which names where the next one starts. */
export interface PageRequest {
  limit: number;
  /** What an earlier page named as `nextCursor`; null for the first page. */
  cursor: string | null;
}

export interface Page<Item> {
  items: Item[];
  /** Null on the last page. */
  nextCursor: string | null;
}
