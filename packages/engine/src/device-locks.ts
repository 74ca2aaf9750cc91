import {
  AppError,
  type Clock,
  isAppError,
  LOCK_KEY_CHARS_MAX,
  LOCK_LEASE_MS,
  type LockHolder,
  type LockLease,
  type LockStore,
  type Log,
  type StartStop,
} from '@runyard/domain';

export interface DeviceLocksDependencies {
  readonly store: LockStore;
  /** Best a clock that nobody sets, such as `performance.now`: only durations are taken by it. */
  readonly clock: Clock;
  readonly log: Log;
}

/** A lock in hand. */
export interface HeldLock {
  /** The fencing token. */
  readonly token: number;
  /** Aborts with LOCK_LOST when the lock is not in hand any more, or that is not certain. */
  readonly lost: AbortSignal;
  /** Gives the lock to the next who waits. Idempotent; never rejects, for the lease ends by itself. */
  release(): Promise<void>;
}

interface Wish {
  readonly name: string;
  readonly key: string;
  readonly holder: LockHolder;
  readonly granted: (lock: HeldLock) => void;
  readonly refused: (error: unknown) => void;
  readonly refusal: (heldBy: LockHolder) => AppError | null;
  isAsking: boolean;
  /** Something changed while it was being asked for. */
  askAgain: boolean;
  isOver: boolean;
}

interface Hold {
  readonly name: string;
  readonly lease: LockLease;
  readonly lost: AbortController;
  /** When the last call that extended the lease was sent. */
  extendedAtMs: number;
  isReleased: boolean;
}

const ASK_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 3_000;
/** Looked at each second, so it counts as lost a second before it can be anybody else's. */
const CERTAIN_MS = LOCK_LEASE_MS - ASK_EVERY_MS;
/** Wishes that are repeated in one second; of more than three times as many a third, so that all are within three. */
const ASKS_AT_ONCE = 1_000;

/**
 * The locks that devices of this worker hold or wait for. Waiting holds neither a slot nor a connection: a wish is
 * repeated each second, all in one go, and a grant is heard at once.
 *
 * Owns `wishes` and `held`, by key and device. A wish becomes a hold or is forgotten; a hold ends by its release, or is
 * lost: broken, taken over by another worker, or not renewed in time. After a crash leases and wishes end by themselves.
 */
export class DeviceLocks implements StartStop {
  private readonly store: LockStore;
  private readonly clock: Clock;
  private readonly log: Log;
  /** In the order of last asking. */
  private readonly wishes = new Map<string, Wish>();
  private readonly held = new Map<string, Hold>();
  private renewing: Promise<void> | null = null;
  private askTimer: NodeJS.Timeout | undefined;
  private renewTimer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor({ store, clock, log }: DeviceLocksDependencies) {
    this.store = store;
    this.clock = clock;
    this.log = log;
    store.onGranted((key, holder) => this.heard(key, holder));
  }

  start(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.askTimer = setInterval(() => this.askAll(), ASK_EVERY_MS);
    this.renewTimer = setInterval(() => void this.renewAll(), RENEW_EVERY_MS);
    return Promise.resolve();
  }

  /** Whoever holds or waits should have ended before; what is left is given back. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.askTimer);
    clearInterval(this.renewTimer);
    for (const wish of this.wishes.values()) this.refuse(wish, stopError());
    await Promise.all([...this.held.values()].map((hold) => this.release(hold)));
    await this.renewing;
  }

  /**
   * Resolves when the device has the lock. Rejects with the reason of the signal when that aborts first, with
   * TEMPLATE_INVALID when the key is no key, with LOCK_LOST when the same device asks for it once more, and with what
   * `refusal` says of whoever holds it.
   */
  hold(key: string, holder: LockHolder, signal: AbortSignal, refusal: Wish['refusal'] = () => null): Promise<HeldLock> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.stopped) return Promise.reject(stopError());
    const name = nameOf(key, holder);
    this.supersede(name);
    return new Promise((resolve, reject) => {
      const abort = () => this.refuse(wish, signal.reason);
      const settled = () => signal.removeEventListener('abort', abort);
      const wish: Wish = {
        name,
        key,
        holder,
        granted: (lock) => {
          settled();
          resolve(lock);
        },
        refused: (error) => {
          settled();
          reject(error as Error);
        },
        refusal,
        isAsking: false,
        askAgain: false,
        isOver: false,
      };
      signal.addEventListener('abort', abort, { once: true });
      this.wishes.set(name, wish);
      void this.ask(wish);
    });
  }

  /** Repeats wishes, those first that were not repeated for longest; and looks for leases that may be over. */
  askAll(): void {
    this.loseUncertain();
    const number = Math.max(ASKS_AT_ONCE, Math.ceil((this.wishes.size * ASK_EVERY_MS) / RENEW_EVERY_MS));
    for (const wish of [...this.wishes.values()].slice(0, number)) if (!wish.isAsking) void this.ask(wish);
  }

  /** Renews every lease in hand. One call at a time: while Redis is away they would pile up. */
  renewAll(): Promise<void> {
    this.renewing ??= this.renew([...this.held.values()]).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async renew(holds: readonly Hold[]): Promise<void> {
    if (holds.length === 0) return;
    const sentAtMs = this.clock.nowMs();
    try {
      const answers = await this.store.renew(holds.map(({ lease }) => lease));
      holds.forEach((hold, index) => {
        if (answers[index] === true) hold.extendedAtMs = sentAtMs;
        else this.lose(hold, 'It was broken, or its lease ran out.');
      });
    } catch (error) {
      this.log.warn('locks could not be renewed', { locks: holds.length, error });
    }
  }

  private async ask(wish: Wish): Promise<void> {
    wish.isAsking = true;
    wish.askAgain = false;
    this.wishes.delete(wish.name);
    this.wishes.set(wish.name, wish);
    const sentAtMs = this.clock.nowMs();
    let lease: LockLease | null = null;
    let refusal: AppError | null = null;
    try {
      const answer = await this.store.acquire(wish.key, wish.holder);
      if ('token' in answer) lease = answer;
      else if (answer.heldBy) refusal = wish.refusal(answer.heldBy);
    } catch (error) {
      // Whatever else went wrong is over when it is asked for again.
      if (isAppError(error) && error.code === 'TEMPLATE_INVALID') this.end(wish)?.refused(error);
      else this.log.warn('a lock could not be asked for', { key: wish.key, error });
    }
    wish.isAsking = false;
    // Of an answer that took long it is not known how much of the lease is left; asking again makes it whole.
    const isLate = lease !== null && this.clock.nowMs() - sentAtMs > RENEW_EVERY_MS;
    if (wish.isOver) this.forget(wish);
    else if (refusal) this.refuse(wish, refusal);
    else if (lease && !isLate) this.take(wish, lease, sentAtMs);
    else if (wish.askAgain || isLate) await this.ask(wish);
  }

  private take(wish: Wish, lease: LockLease, sentAtMs: number): void {
    const { name } = wish;
    const lost = new AbortController();
    const hold: Hold = { name, lease, lost, extendedAtMs: sentAtMs, isReleased: false };
    this.held.set(name, hold);
    this.end(wish)?.granted({ token: lease.token, lost: lost.signal, release: () => this.release(hold) });
  }

  private async release(hold: Hold): Promise<void> {
    if (hold.isReleased) return;
    hold.isReleased = true;
    if (this.held.get(hold.name) === hold) this.held.delete(hold.name);
    // The same device asks or has it anew, maybe by this very lease.
    if (this.held.has(hold.name) || this.wishes.has(hold.name)) return;
    try {
      await this.store.release(hold.lease);
    } catch (error) {
      this.log.warn('a lock could not be released', { key: hold.lease.key, error });
    }
  }

  /** The wish leaves the line of this worker; null when it did before. */
  private end(wish: Wish): Wish | null {
    if (wish.isOver) return null;
    wish.isOver = true;
    this.wishes.delete(wish.name);
    return wish;
  }

  private refuse(wish: Wish, reason: unknown): void {
    this.end(wish)?.refused(reason);
    if (!wish.isAsking) this.forget(wish);
  }

  private forget({ name, key, holder }: Wish): void {
    // The same device asks again already: taking the wish back would take the new one.
    if (this.wishes.has(name) || this.held.has(name)) return;
    this.store.forget(key, holder).catch((error: unknown) => {
      this.log.warn('the wish for a lock could not be taken back', { key, error });
    });
  }

  /** A slice that was delivered again to its own worker: for the store its devices are the same holders. */
  private supersede(name: string): void {
    const wish = this.wishes.get(name);
    const hold = this.held.get(name);
    const reason = 'The same device asked for it once more.';
    if (wish) this.end(wish)?.refused(lostError(wish.key, reason));
    if (hold) this.lose(hold, reason);
  }

  private lose(hold: Hold, reason: string): void {
    if (this.held.get(hold.name) !== hold) return;
    this.held.delete(hold.name);
    const { key, holder } = hold.lease;
    this.log.warn('lock lost', { key, runId: holder.runId, device: holder.device, reason });
    hold.lost.abort(lostError(key, reason));
  }

  private loseUncertain(): void {
    const nowMs = this.clock.nowMs();
    for (const hold of this.held.values()) {
      if (nowMs - hold.extendedAtMs >= CERTAIN_MS)
        this.lose(hold, 'It could not be renewed for the time of its lease.');
    }
  }

  /** A lock was given to somebody, or may be free. */
  private heard(key: string, holder: LockHolder): void {
    const name = nameOf(key, holder);
    const wish = this.wishes.get(name);
    if (wish?.isAsking) wish.askAgain = true;
    else if (wish) void this.ask(wish);
    else {
      const hold = this.held.get(name);
      if (hold) void this.renew([hold]);
    }
  }
}

function nameOf(key: string, { runId, device }: LockHolder): string {
  return JSON.stringify([key, runId, device]);
}

function stopError(): AppError {
  return new AppError('STORE_UNAVAILABLE', 'The worker stops.');
}

function lostError(key: string, reason: string): AppError {
  return new AppError('LOCK_LOST', `The lock '${key}' was lost while the device was in work. ${reason}`);
}

/** The key that a lock of a service means for a device: `device` is the device itself, all else a template. */
export function lockKeyOf(lock: string, device: string, render: (template: string) => string): string {
  if (lock === 'device') {
    if (device !== '') return `device/${device}`;
    throw new AppError('TEMPLATE_INVALID', "A service that runs once has no device for the lock 'device'.");
  }
  const key = render(lock).trim();
  if (key === '') throw new AppError('TEMPLATE_INVALID', `The lock '${lock.slice(0, 200)}' gives an empty key.`);
  if (key.length <= LOCK_KEY_CHARS_MAX) return key;
  throw new AppError(
    'TEMPLATE_INVALID',
    `The key of the lock has ${key.length} characters, not ${LOCK_KEY_CHARS_MAX}.`,
  );
}
