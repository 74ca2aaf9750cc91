import {
  type Clock,
  IDEMPOTENCY_KEEP_MS,
  type IdempotencyRecord,
  type IdempotencyScope,
  type IdempotencyStore,
} from '@runyard/domain';

/** Idempotency keys in memory, forgotten by the clock of the test. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly clock: Clock;
  private readonly kept = new Map<string, { readonly record: IdempotencyRecord; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.kept.size;
  }

  async claim(scope: IdempotencyScope, record: IdempotencyRecord): Promise<IdempotencyRecord | null> {
    const found = this.find(scope);
    if (found) return found.record;
    this.kept.set(nameOf(scope), { record, untilMs: this.clock.nowMs() + IDEMPOTENCY_KEEP_MS });
    return null;
  }

  async replace(
    scope: IdempotencyScope,
    expected: IdempotencyRecord,
    next: IdempotencyRecord | null,
  ): Promise<boolean> {
    const found = this.find(scope);
    if (!found || JSON.stringify(found.record) !== JSON.stringify(expected)) return false;
    if (next) this.kept.set(nameOf(scope), { record: next, untilMs: found.untilMs });
    else this.kept.delete(nameOf(scope));
    return true;
  }

  private find(scope: IdempotencyScope) {
    const found = this.kept.get(nameOf(scope));
    return found && found.untilMs > this.clock.nowMs() ? found : undefined;
  }
}

function nameOf({ principal, key }: IdempotencyScope): string {
  return JSON.stringify([principal, key]);
}
