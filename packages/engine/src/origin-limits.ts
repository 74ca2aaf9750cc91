/** Messages to one origin at once. */
const AT_ONCE_MAX = 4;
const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 300_000;
/** What a message is expected to take before one was sent. */
const EXPECTED_MS = 100;
const ORIGINS_MAX = 10_000;

interface Origin {
  inWork: number;
  /** How long messages took lately. */
  usualMs: number;
  /** When those that were sent away will have been served. */
  servedAtMs: number;
}

/**
 * Lets a few messages at once go to each origin, so that a slow one holds up only its own. Whoever is sent away is
 * told when to come again: one after the other, as fast as the origin answers.
 */
export class OriginLimits {
  private readonly origins = new Map<string, Origin>();

  /** Null when the message may be sent now, and `leave` must follow; else how many milliseconds to wait. */
  enter(origin: string, nowMs: number): number | null {
    const known = this.of(origin, nowMs);
    if (known.inWork < AT_ONCE_MAX) {
      known.inWork += 1;
      return null;
    }
    known.servedAtMs = Math.max(known.servedAtMs, nowMs) + known.usualMs / AT_ONCE_MAX;
    return Math.min(Math.max(known.servedAtMs - nowMs, WAIT_MS_MIN), WAIT_MS_MAX);
  }

  leave(origin: string, tookMs: number): void {
    const known = this.origins.get(origin);
    if (!known) return;
    known.inWork -= 1;
    known.usualMs = (known.usualMs + tookMs) / 2;
  }

  private of(origin: string, nowMs: number): Origin {
    const known = this.origins.get(origin);
    if (known) return known;
    if (this.origins.size >= ORIGINS_MAX) this.forget(nowMs);
    const fresh = { inWork: 0, usualMs: EXPECTED_MS, servedAtMs: 0 };
    this.origins.set(origin, fresh);
    return fresh;
  }

  private forget(nowMs: number): void {
    for (const [origin, { inWork, servedAtMs }] of this.origins) {
      if (inWork === 0 && servedAtMs <= nowMs) this.origins.delete(origin);
    }
  }
}
