import { describe, expect, it } from '@jest/globals';
import { pageByName } from './page-by-name.ts';

const NAMES = ['B', 'a', 'a1', 'b', 'ä'];

function everyPage(names: readonly string[], limit: number, wanted?: (name: string) => boolean): string[][] {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<typeof pageByName> = pageByName(names, { cursor, limit }, wanted);
    pages.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}

describe('a page of names', () => {
  it('follows the one before, and the last has no cursor', () => {
    expect(everyPage(NAMES, 2)).toEqual([['B', 'a'], ['a1', 'b'], ['ä']]);
    expect(everyPage(NAMES, 5)).toEqual([NAMES]);
    expect(everyPage([], 5)).toEqual([[]]);
  });

  it('leaves out what is not wanted, without empty pages', () => {
    expect(everyPage(NAMES, 1, (name) => name.startsWith('a'))).toEqual([['a'], ['a1']]);
  });

  it('goes on behind a name that is gone', () => {
    const { cursor } = pageByName(NAMES, { cursor: null, limit: 2 });
    expect(pageByName(['B', 'a1', 'b'], { cursor, limit: 5 }).items).toEqual(['a1', 'b']);
  });

  it.each(['!', 'YQ==', ' '])('refuses the cursor %j', (cursor) => {
    expect(() => pageByName(NAMES, { cursor, limit: 1 })).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});
