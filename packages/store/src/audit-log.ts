import { AppError, type AuditEntry, type AuditFilter, type AuditLog, type NewAuditEntry } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

/** The oldest entries go when there are more. */
export const AUDIT_ENTRIES_MAX = 100_000;
/** Entries that one page looks through, so that a rare match does not keep Redis busy. */
const LOOKS_MAX = 1_000;
const TEXT_CHARS_MAX = 500;

/** Behind the id of an entry the stream that it is of, each of which counts by itself; of equal ids the first is newest. */
const MARKS = ['', '-d', '-r'] as const;
type Mark = (typeof MARKS)[number];

/**
 * Who did what, in three streams of Redis, which knows when: one for the runs that were accepted, which may be thousands
 * a second, one for what was denied, which anybody can bring about who is allowed nothing, and one for everything else,
 * so that none pushes out another. Each keeps its newest 100,000 entries.
 */
export function createAuditLog(connection: RedisConnection, keys: Keys, entriesMax = AUDIT_ENTRIES_MAX): AuditLog {
  const streams: Readonly<Record<Mark, string>> = { '': keys.audit, '-d': keys.auditDenied, '-r': keys.auditRuns };
  return {
    async append(entry) {
      const stream = entry.decision === 'denied' ? keys.auditDenied : keys.audit;
      await known(connection.xadd(stream, 'MAXLEN', entriesMax, '*', ...auditFields(entry)));
    },
    async list(filter, cursor, limit) {
      const oldest = filter.sinceMs === undefined ? '-' : String(Math.max(0, filter.sinceMs));
      const looks = isEmpty(filter) ? limit : LOOKS_MAX;
      const read = async (mark: Mark): Promise<readonly AuditEntry[]> => {
        const newest = newestOf(cursor, mark);
        const found = await known(connection.xrevrange(streams[mark], newest, oldest, 'COUNT', looks));
        return found.map(([id, fields]) => entryOf(id + mark, fields));
      };
      const logs = await Promise.all(MARKS.map(read));
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

/** Where reading a stream goes on: of entries of several streams with one id, those of later marks come behind. */
function newestOf(cursor: string | null, mark: Mark): string {
  if (cursor === null) return '+';
  if (!/^\d{1,15}-\d{1,15}(-[dr])?$/.test(cursor)) {
    throw new AppError('CURSOR_INVALID', 'The cursor is not one that a page of this list gave.');
  }
  const [ms, sequence] = cursor.split('-');
  return MARKS.indexOf(mark) > rankOf(cursor) ? `${ms}-${sequence}` : `(${ms}-${sequence}`;
}

/** Entries of all streams; none that is older than the last one of a stream of which there is more. */
function newestFirst(logs: readonly (readonly AuditEntry[])[], looks: number): readonly AuditEntry[] {
  const merged = logs.flat().sort((a, b) => compareIds(b.id, a.id));
  const ends = logs.flatMap((log) => (log.length === looks ? (log.at(-1)?.id ?? []) : []));
  return merged.filter(({ id }) => ends.every((end) => compareIds(id, end) >= 0));
}

/** Negative when the first is older. */
function compareIds(a: string, b: string): number {
  const [ms = 0, sequence = 0] = a.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = b.split('-').map(Number);
  return ms - otherMs || sequence - otherSequence || rankOf(b) - rankOf(a);
}

function rankOf(id: string): number {
  return Math.max(
    0,
    MARKS.findIndex((mark) => mark !== '' && id.endsWith(mark)),
  );
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
