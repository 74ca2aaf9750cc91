import { AppError } from '@runyard/domain';

/** A service type that does not let go after its signal fired is left behind after this time. */
const ABANDON_MS = 3_000;

/**
 * The end of one attempt from outside: its time-out, or the end of its turn (cancel, time-out of the run, shutdown).
 * The signal is made when a type first asks for it, because the quickest types never do.
 */
export class AttemptLimit {
  /** Why the attempt was ended; null while it was not. */
  reason: Error | null = null;
  private readonly turn: AbortSignal;
  private readonly timer: NodeJS.Timeout;
  private controller: AbortController | null = null;
  private abandon: NodeJS.Timeout | undefined;
  private reject: ((reason: Error) => void) | null = null;

  constructor(turn: AbortSignal, timeoutMs: number) {
    this.turn = turn;
    limitsOf(turn).add(this);
    this.timer = setTimeout(() => {
      this.fire(new AppError('DEVICE_TIMEOUT', `The device took longer than ${timeoutMs} ms.`));
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason && !this.controller.signal.aborted) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  /** The outcome of the work, or a rejection with the reason when the work does not let go in time. */
  hold<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.reject = reject;
      if (this.reason) this.abandonLater(this.reason);
      work.then(resolve, reject);
    });
  }

  /** Must be called when the attempt is over; lets go of timers and listeners. */
  end(): void {
    clearTimeout(this.timer);
    clearTimeout(this.abandon);
    limitsOf(this.turn).delete(this);
  }

  /** Ends the attempt for this reason, unless it has one. */
  fire(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.controller?.abort(reason);
    if (this.reject) this.abandonLater(reason);
  }

  private abandonLater(reason: Error): void {
    this.abandon = setTimeout(() => this.reject?.(reason), ABANDON_MS);
  }
}

/** The attempts under way of each turn or slice; they share one listener, because a slice has hundreds of attempts. */
const underWay = new WeakMap<AbortSignal, Set<AttemptLimit>>();

function limitsOf(turn: AbortSignal): Set<AttemptLimit> {
  const known = underWay.get(turn);
  if (known) return known;
  const limits = new Set<AttemptLimit>();
  underWay.set(turn, limits);
  turn.addEventListener('abort', () => limits.forEach((limit) => limit.fire(turn.reason as Error)), { once: true });
  return limits;
}
