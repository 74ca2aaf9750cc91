import type { AuditEntry, AuditLog, Clock, Log } from '@runyard/domain';

const WINDOW_MS = 60_000;
/** Denials of one gateway in one minute; the audit log holds 100,000 entries, and nobody may push out the others. */
const DENIALS_MAX = 300;

export type Denial = Omit<AuditEntry, 'id' | 'atMs' | 'decision' | 'detail'> & {
  readonly reason: string;
  readonly detail?: AuditEntry['detail'];
};

/**
 * Writes down what was refused, the same thing once a minute, so that whoever tries again and again cannot flood the
 * audit log.
 */
export class DenialLog {
  private readonly audit: Pick<AuditLog, 'append'>;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly seen = new Set<string>();
  private startedAtMs = Number.NEGATIVE_INFINITY;

  constructor(audit: Pick<AuditLog, 'append'>, clock: Clock, log: Log) {
    this.audit = audit;
    this.clock = clock;
    this.log = log;
  }

  /** `key` tells what is the same. Never rejects: the caller is refused, whether that can be written down or not. */
  async note(key: string, denial: Denial): Promise<void> {
    if (!this.isNew(key)) return;
    await this.audit.append({ detail: {}, ...denial, decision: 'denied' }).catch((error: unknown) => {
      this.log.warn('a denial was not written to the audit log', { action: denial.action, error });
    });
  }

  private isNew(key: string): boolean {
    const passedMs = this.clock.nowMs() - this.startedAtMs;
    if (passedMs < 0 || passedMs >= WINDOW_MS) {
      this.seen.clear();
      this.startedAtMs = this.clock.nowMs();
    }
    if (this.seen.has(key) || this.seen.size >= DENIALS_MAX) return false;
    this.seen.add(key);
    if (this.seen.size === DENIALS_MAX)
      this.log.warn('too many denials; the rest of this minute is not written down', {});
    return true;
  }
}
