import { AppError, type Page } from '@runyard/domain';

/**
 * A page of names that ascend by code units. The cursor is the last name of the page before: what is added or deleted
 * meanwhile neither repeats nor skips another. `wanted` may leave names out.
 */
export function pageByName(
  names: readonly string[],
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
  wanted: (name: string) => boolean = () => true,
): Page<string> {
  const items: string[] = [];
  for (let index = cursor === null ? 0 : firstAfter(names, decode(cursor)); index < names.length; index += 1) {
    const name = names[index];
    if (name === undefined || !wanted(name)) continue;
    if (items.length === limit) return { items, cursor: encode(items.at(-1) ?? '') };
    items.push(name);
  }
  return { items, cursor: null };
}

function encode(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function decode(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (encode(name) !== cursor) throw new AppError('CURSOR_INVALID', 'The cursor was not given out by this list.');
  return name;
}

/** By bisection, so that the last page of a hundred thousand costs as little as the first. */
function firstAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
