import { AppError, type AuditEntry, type AuditFilter, type AuditLog, type Clock } from '@runyard/domain';

/** Who did what, in memory. */
export class MemoryAuditLog implements AuditLog {
  readonly entries: AuditEntry[] = [];
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  append(entry: Omit<AuditEntry, 'id' | 'atMs'>): Promise<void> {
    this.entries.push({ id: String(this.entries.length + 1), atMs: this.clock.nowMs(), ...entry });
    return Promise.resolve();
  }

  async list({ sinceMs, ...filter }: AuditFilter, cursor: string | null, limit: number) {
    if (cursor !== null && !/^\d+$/.test(cursor)) throw new AppError('CURSOR_INVALID', 'The cursor is not valid.');
    const wanted = this.entries.filter(
      (entry) =>
        (cursor === null || Number(entry.id) < Number(cursor)) &&
        (sinceMs === undefined || entry.atMs >= sinceMs) &&
        Object.entries(filter).every(([key, value]) => entry[key as keyof typeof filter] === value),
    );
    const items = wanted.toReversed().slice(0, limit);
    return { items, cursor: wanted.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}
