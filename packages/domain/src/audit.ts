/** One thing that somebody did to what others rely on. Never changed, never taken back. */
export interface AuditEntry {
  readonly id: string;
  readonly atMs: number;
  /** Who called. */
  readonly actor: string;
  /** What was done, such as `lock.break` or `cluster.pause`. */
  readonly action: string;
  /** To what. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly sinceMs?: number;
}

export interface AuditLog {
  append(entry: Omit<AuditEntry, 'id' | 'atMs'>): Promise<void>;
  /** Newest first. A page may be short or empty and still have a cursor. */
  list(
    filter: AuditFilter,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly AuditEntry[]; readonly cursor: string | null }>;
}
