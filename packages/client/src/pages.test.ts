import { describe, expect, it } from '@jest/globals';
import { itemsOfPages } from './pages.ts';

describe('itemsOfPages', () => {
  it('gives the items of every page and asks for a page only when it is needed', async () => {
    const asked: (string | undefined)[] = [];
    const pages = itemsOfPages(async (cursor) => {
      asked.push(cursor);
      return cursor === undefined ? { items: [1, 2], cursor: 'b' } : { items: [3], cursor: null };
    });

    expect([await pages.next(), await pages.next()].map(({ value }) => value)).toEqual([1, 2]);
    expect(asked).toEqual([undefined]);

    expect(await pages.next()).toEqual({ value: 3, done: false });
    expect(await pages.next()).toMatchObject({ done: true });
    expect(asked).toEqual([undefined, 'b']);
  });

  it('does not follow a page that leads to itself', async () => {
    const pages = itemsOfPages(async () => ({ items: [], cursor: 'same' }));

    await expect(pages.next()).rejects.toThrow('same cursor');
  });
});
