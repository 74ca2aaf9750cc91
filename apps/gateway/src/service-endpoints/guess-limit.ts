import { AppError, type CallLimiter, type Clock, type RequestRate } from '@runyard/domain';

/** Calls of what is not there, by each client address of which nobody is known. */
const GUESSES: RequestRate = { requests: 60, perMs: 60_000 };
/** No service has this name, so that the count is one over all of them. */
const NO_SERVICE = '';
const CLIENTS_KEPT_MAX = 10_000;

/**
 * Limits how often a client may call what is not there. Once that is used up, what is there must look the same, or it would
 * be found by the other answer; so the time until then is kept here, and each gateway learns it by the first guess that it
 * refuses.
 */
export class GuessLimit {
  private readonly limiter: CallLimiter;
  private readonly clock: Clock;
  private readonly overUntilMs = new Map<string, number>();

  constructor(limiter: CallLimiter, clock: Clock) {
    this.limiter = limiter;
    this.clock = clock;
  }

  /** Counts a guess. Rejects with RATE_LIMITED, or STORE_UNAVAILABLE while nobody can count. */
  async count(client: string): Promise<void> {
    const waitMs = await this.limiter.take({ service: NO_SERVICE, client }, GUESSES);
    if (waitMs === 0) return;
    this.overUntilMs.delete(client);
    this.overUntilMs.set(client, this.clock.nowMs() + waitMs);
    const [oldest] = this.overUntilMs.keys();
    if (this.overUntilMs.size > CLIENTS_KEPT_MAX && oldest !== undefined) this.overUntilMs.delete(oldest);
    throw this.refusal(client);
  }

  /** True while a guess of this client would be refused. */
  isOver(client: string): boolean {
    const untilMs = this.overUntilMs.get(client);
    if (untilMs === undefined) return false;
    if (untilMs > this.clock.nowMs()) return true;
    this.overUntilMs.delete(client);
    return false;
  }

  refusal(client: string): AppError {
    const waitMs = (this.overUntilMs.get(client) ?? 0) - this.clock.nowMs();
    const { requests, perMs } = GUESSES;
    const detail = `From one address ${requests} calls in ${perMs / 1_000} s may be of endpoints that are not there; log in, or try again later.`;
    return new AppError('RATE_LIMITED', detail, { retryAfter: Math.max(0, waitMs) / 1_000 });
  }
}
