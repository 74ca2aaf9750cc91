import { AppError, type AuditEntry, type AuditFilter, type AuditLog } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const ENTRIES_MAX = 100_000;
/** Entries that one page looks through, so that a rare match does not keep Redis busy. */
const LOOKS_MAX = 1_000;
const TEXT_CHARS_MAX = 500;

/** Who did what, in a stream of Redis, which knows when. The oldest entries go when there are 100,000. */
export function createAuditLog(connection: RedisConnection, keys: Keys, entriesMax = ENTRIES_MAX): AuditLog {
  return {
    async append({ actor, action, subject, detail }) {
      const facts = JSON.stringify(detail, (_, value: unknown) => (typeof value === 'string' ? cut(value) : value));
      const fields = ['actor', cut(actor), 'action', cut(action), 'subject', cut(subject), 'detail', facts];
      await known(connection.xadd(keys.audit, 'MAXLEN', entriesMax, '*', ...fields));
    },
    async list(filter, cursor, limit) {
      const newest = cursor === null ? '+' : `(${checked(cursor)}`;
      const oldest = filter.sinceMs === undefined ? '-' : String(Math.max(0, filter.sinceMs));
      const looks = isEmpty(filter) ? limit : LOOKS_MAX;
      const found = await known(connection.xrevrange(keys.audit, newest, oldest, 'COUNT', looks));
      const entries = found.map(([id, fields]) => entryOf(id, fields));
      const wanted = entries.filter((entry) => matches(entry, filter));
      const items = wanted.slice(0, limit);
      // The last one given, or the last one looked at.
      const last = wanted.length > limit ? items.at(-1) : found.length === looks ? entries.at(-1) : undefined;
      return { items, cursor: last?.id ?? null };
    },
  };
}

function cut(text: string): string {
  return text.slice(0, TEXT_CHARS_MAX);
}

function checked(cursor: string): string {
  if (/^\d{1,15}-\d{1,15}$/.test(cursor)) return cursor;
  throw new AppError('CURSOR_INVALID', 'The cursor is not one that a page of this list gave.');
}

function isEmpty({ actor, action, subject }: AuditFilter): boolean {
  return actor === undefined && action === undefined && subject === undefined;
}

function matches(entry: AuditEntry, { actor, action, subject }: AuditFilter): boolean {
  return (
    (actor === undefined || entry.actor === actor) &&
    (action === undefined || entry.action === action) &&
    (subject === undefined || entry.subject === subject)
  );
}

/** Fields come in the order in which they were written. */
function entryOf(id: string, [, actor = '', , action = '', , subject = '', , detail = '{}']: string[]): AuditEntry {
  const atMs = Number.parseInt(id, 10);
  return { id, atMs, actor, action, subject, detail: JSON.parse(detail) as AuditEntry['detail'] };
}
