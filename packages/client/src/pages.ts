import type { PageAnswer } from '@runyard/contracts';

/** All items of a paged collection, page by page as they are asked for. */
export async function* itemsOfPages<Item>(
  fetchPage: (cursor: string | undefined) => Promise<PageAnswer<Item>>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    yield* page.items;
    // A page that leads to itself would never end.
    if (page.cursor !== null && page.cursor === cursor) throw new Error('the gateway gave the same cursor twice');
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
}
