import type { Page } from '@runyard/domain';

/** A page of a small collection that is in memory, in ascending order of ids; the cursor is the last id. */
export function pageById<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  cursor: string | null,
  limit: number,
): Page<Item> {
  const sorted = items.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const rest = cursor === null ? sorted : sorted.filter((item) => idOf(item) > cursor);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, cursor: last !== undefined && rest.length > limit ? idOf(last) : null };
}
