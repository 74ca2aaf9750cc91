import type { Delivery, RunId } from '@runyard/domain';

type Attempt = Promise<Delivery>;

/** Attempts to tell a receiver that have begun in this process and not ended, by run and delivery. */
export class OpenAttempts {
  private readonly attempts = new Map<RunId, Map<string, Attempt>>();

  /** Runs that have one. */
  get runs(): ReadonlySet<RunId> {
    return new Set(this.attempts.keys());
  }

  /** Those of a run as they are now. */
  of(runId: RunId): ReadonlyMap<string, Attempt> {
    return new Map(this.attempts.get(runId));
  }

  add(runId: RunId, deliveryId: string, attempt: Attempt): void {
    const ofRun = this.attempts.get(runId) ?? new Map<string, Attempt>();
    this.attempts.set(runId, ofRun.set(deliveryId, attempt));
    const end = () => {
      ofRun.delete(deliveryId);
      if (ofRun.size === 0) this.attempts.delete(runId);
    };
    // Whoever began it hears of a failure.
    attempt.then(end, end);
  }

  /** Resolves when those of now have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.attempts.values()].flatMap((ofRun) => [...ofRun.values()]));
  }
}
