import type { RunId } from './run.ts';

/** A lease ends after this time unless it is renewed, and a wish is dropped that was not repeated for it. */
export const LOCK_LEASE_MS = 10_000;
export const LOCK_KEY_CHARS_MAX = 300;
/** Wishes for one key. Whoever comes when there are so many gets a place only when one of them is gone. */
export const LOCK_LINE_MAX = 100_000;

/** Who holds or wants a lock: one device of one run. The same holder asking again is the same wish. */
export interface LockHolder {
  readonly runId: RunId;
  /** Name of the device; empty for a run with run method `once`. */
  readonly device: string;
  readonly service: string;
  readonly principal: string;
}

/** A lock in the hands of a holder until it expires, unless it is renewed before. */
export interface LockLease {
  readonly key: string;
  readonly holder: LockHolder;
  /** The fencing token: grows with each grant of the key, also after it was free for long. */
  readonly token: number;
}

export interface LockView {
  readonly key: string;
  readonly holder: LockHolder;
  readonly token: number;
  readonly heldSinceMs: number;
  readonly expiresAtMs: number;
  readonly waiting: number;
}

/**
 * Named locks of devices: leases that end by themselves, given out in the order in which they were asked for. A wish
 * that nobody repeats for the time of a lease is dropped, so that a dead worker's wishes block nobody.
 */
export interface LockStore {
  /** Gives the lock, or puts the wish at the end of the line (or keeps its place there) and tells it: 1 is next. */
  acquire(
    key: string,
    holder: LockHolder,
  ): Promise<LockLease | { readonly place: number; readonly heldBy: LockHolder | null }>;
  /** Extends leases. One answer each: false when the lease is lost. */
  renew(leases: readonly LockLease[]): Promise<readonly boolean[]>;
  /** Ends the lease, if it still is this one, and grants the lock to the next in the line. */
  release(lease: LockLease): Promise<void>;
  /** Takes a wish back. */
  forget(key: string, holder: LockHolder): Promise<void>;
  /** Ends the lease of whoever has it; null when nobody has. */
  break(key: string): Promise<LockView | null>;
  get(key: string): Promise<LockView | null>;
  /** Locks that are held, by key. */
  list(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly LockView[]; readonly cursor: string | null }>;
  /** Wishes of a run that wait, some of them: what its devices wait for. */
  waitingOf(
    runId: RunId,
    limit: number,
  ): Promise<readonly { readonly device: string; readonly key: string; readonly heldBy: LockHolder | null }[]>;
  /** Calls back when a lock may have become free or was granted to a waiting wish. A hint; waiters also ask again. */
  onGranted(listener: (key: string, holder: LockHolder) => void): void;
}
