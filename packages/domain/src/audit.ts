/** One thing that somebody did to what others rely on. Never changed, never taken back. */
export interface AuditEntry {
  readonly id: string;
  readonly atMs: number;
  /** Who called. */
  readonly actor: string;
  /** Whether it was allowed; absent for what is no decision. */
  readonly decision?: 'allowed' | 'denied';
  /** Why it was denied. */
  readonly reason?: string;
  /** Who asked first, when that was somebody else. */
  readonly initiator?: string;
  /** As whom it was to happen, when that was somebody else. */
  readonly principal?: string;
  /** By which credential the actor was known. */
  readonly credential?: string;
  /** Ids of the runs that led there, the first one first. */
  readonly chain?: readonly string[];
  /** What was done, such as `lock.break` or `cluster.pause`. */
  readonly action: string;
  /** To what. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** The log says when. */
export type NewAuditEntry = Omit<AuditEntry, 'id' | 'atMs'>;

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly decision?: 'allowed' | 'denied';
  readonly principal?: string;
  readonly sinceMs?: number;
}

export interface AuditLog {
  append(entry: NewAuditEntry): Promise<void>;
  /** Newest first. A page may be short or empty and still have a cursor. */
  list(
    filter: AuditFilter,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly AuditEntry[]; readonly cursor: string | null }>;
}
