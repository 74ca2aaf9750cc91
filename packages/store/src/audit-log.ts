import { AppError, type AuditEntry, type AuditFilter, type AuditLog, type NewAuditEntry } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

/** The oldest entries go when there are more. */
export const AUDIT_ENTRIES_MAX = 100_000;
/** Entries that one page looks through, so that a rare match does not keep Redis busy. */
const LOOKS_MAX = 1_000;
const TEXT_CHARS_MAX = 500;

/** Behind the id of an entry of the accepted runs: both logs count by themselves. */
const OF_RUNS = '-r';

/**
 * Who did what, in two streams of Redis, which knows when: one for the runs that were accepted, which may be thousands a
 * second, and one for everything else, so that the one never pushes out the other. Each keeps its newest 100,000 entries.
 */
export function createAuditLog(connection: RedisConnection, keys: Keys, entriesMax = AUDIT_ENTRIES_MAX): AuditLog {
  return {
    async append(entry) {
      await known(connection.xadd(keys.audit, 'MAXLEN', entriesMax, '*', ...auditFields(entry)));
    },
    async list(filter, cursor, limit) {
      const oldest = filter.sinceMs === undefined ? '-' : String(Math.max(0, filter.sinceMs));
      const looks = isEmpty(filter) ? limit : LOOKS_MAX;
      const read = async (stream: string, mark: string): Promise<readonly AuditEntry[]> => {
        const found = await known(connection.xrevrange(stream, newestOf(cursor, mark), oldest, 'COUNT', looks));
        return found.map(([id, fields]) => entryOf(id + mark, fields));
      };
      const logs = await Promise.all([read(keys.audit, ''), read(keys.auditRuns, OF_RUNS)]);
      const entries = newestFirst(logs, looks);
      const wanted = entries.filter((entry) => matches(entry, filter));
      const items = wanted.slice(0, limit);
      const isMore = logs.some((log) => log.length === looks);
      // The last one given, or the last one looked at.
      const last = wanted.length > limit ? items.at(-1) : isMore ? entries.at(-1) : undefined;
      return { items, cursor: last?.id ?? null };
    },
  };
}

/** Where reading a stream goes on. Of entries of both logs with one id, that of the runs comes behind. */
function newestOf(cursor: string | null, mark: string): string {
  if (cursor === null) return '+';
  if (!/^\d{1,15}-\d{1,15}(-r)?$/.test(cursor)) {
    throw new AppError('CURSOR_INVALID', 'The cursor is not one that a page of this list gave.');
  }
  const isOfRuns = cursor.endsWith(OF_RUNS);
  const id = isOfRuns ? cursor.slice(0, -OF_RUNS.length) : cursor;
  return mark === OF_RUNS && !isOfRuns ? id : `(${id}`;
}

/** Entries of both logs; none that is older than the last one of a log of which there is more. */
function newestFirst(logs: readonly (readonly AuditEntry[])[], looks: number): readonly AuditEntry[] {
  const merged = logs.flat().sort((a, b) => compareIds(b.id, a.id));
  const ends = logs.flatMap((log) => (log.length === looks ? (log.at(-1)?.id ?? []) : []));
  return merged.filter(({ id }) => ends.every((end) => compareIds(id, end) >= 0));
}

/** Negative when the first is older. */
function compareIds(a: string, b: string): number {
  const [ms = 0, sequence = 0] = a.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = b.split('-').map(Number);
  const isOfRuns = (id: string): number => (id.endsWith(OF_RUNS) ? 1 : 0);
  return ms - otherMs || sequence - otherSequence || isOfRuns(b) - isOfRuns(a);
}

/** An entry as the stream has it: names and values in turn. */
export function auditFields({ actor, action, subject, detail, ...decision }: NewAuditEntry): string[] {
  const fields = ['actor', cut(actor), 'action', cut(action), 'subject', cut(subject), 'detail', textOf(detail)];
  // Behind the fields of an older version, which knew no decisions.
  return Object.keys(decision).length > 0 ? [...fields, 'decision', textOf(decision)] : fields;
}

function cut(text: string): string {
  return text.slice(0, TEXT_CHARS_MAX);
}

/** JSON in which no text is longer than one of its own field. */
function textOf(facts: object): string {
  return JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? cut(value) : value));
}

/** Keys of an entry that a filter compares. */
const COMPARED = ['actor', 'principal', 'action', 'subject', 'decision'] as const;

function isEmpty(filter: AuditFilter): boolean {
  return COMPARED.every((key) => filter[key] === undefined);
}

function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  return COMPARED.every((key) => filter[key] === undefined || entry[key] === filter[key]);
}

type Decision = Omit<AuditEntry, 'id' | 'atMs' | 'actor' | 'action' | 'subject' | 'detail'>;

/** Fields come in the order in which they were written. */
function entryOf(id: string, fields: string[]): AuditEntry {
  const [, actor = '', , action = '', , subject = '', , detail = '{}', , decision = '{}'] = fields;
  const atMs = Number.parseInt(id, 10);
  const decided = JSON.parse(decision) as Decision;
  return { id, atMs, actor, action, subject, detail: JSON.parse(detail) as AuditEntry['detail'], ...decided };
}
