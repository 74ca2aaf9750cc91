import type { Query } from '../http/read-query.ts';
import type { QueryParameter } from '../route.ts';

const LIMIT = 100;
const LIMIT_MAX = 1_000;

/** The query parameters of every list. */
export const pageQuery = {
  cursor: {
    schema: { type: 'string', minLength: 1, maxLength: 500 },
    description: 'The cursor of the page before; the first page when absent.',
  },
  limit: {
    schema: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT },
    description: 'Items in one page.',
  },
} as const satisfies Record<string, QueryParameter>;

/** Which page is asked for. */
export function pageOf({ cursor, limit }: Query): { readonly cursor: string | null; readonly limit: number } {
  return { cursor: typeof cursor === 'string' ? cursor : null, limit: typeof limit === 'number' ? limit : LIMIT };
}
