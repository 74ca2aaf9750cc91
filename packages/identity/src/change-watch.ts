import type { Clock } from '@runyard/domain';
import type { IdentityStore } from './ports.ts';

const CHECK_INTERVAL_MS = 1_000;

/**
 * Knows whether users or keys may have changed since something was read. Listens to the store, and, since messages
 * get lost, also asks for its revision when the last answer is a second old.
 */
export class ChangeWatch {
  private readonly store: IdentityStore;
  private readonly clock: Clock;
  private current = 0;
  private revision: number | undefined;
  private checkedAtMs = Number.NEGATIVE_INFINITY;
  private checking: Promise<void> | undefined;

  constructor(store: IdentityStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** What was read under another generation than the present one may be out of date. */
  get generation(): number {
    return this.current;
  }

  /** The revision of users and keys as it was seen last; 0 before the first look. */
  get lastRevision(): number {
    return this.revision ?? 0;
  }

  noteChange(): void {
    this.current += 1;
  }

  /** Undefined when the last look is new enough; else resolves after the next one. Rejects when the store does. */
  check(): Promise<void> | undefined {
    const passedMs = this.clock.nowMs() - this.checkedAtMs;
    if (passedMs >= 0 && passedMs < CHECK_INTERVAL_MS) return undefined;
    this.checking ??= this.look().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async look(): Promise<void> {
    const askedAtMs = this.clock.nowMs();
    const revision = await this.store.revision();
    if (revision !== this.revision) this.noteChange();
    this.revision = revision;
    this.checkedAtMs = askedAtMs;
  }
}
