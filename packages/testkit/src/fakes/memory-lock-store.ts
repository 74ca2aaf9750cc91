import {
  AppError,
  type Clock,
  LOCK_KEY_CHARS_MAX,
  LOCK_LEASE_MS,
  LOCK_LINE_MAX,
  type LockHolder,
  type LockLease,
  type LockStore,
  type LockView,
  type RunId,
} from '@runyard/domain';

interface Wish {
  readonly holder: LockHolder;
  owner: object;
  seenAtMs: number;
}

interface Held {
  readonly holder: LockHolder;
  owner: object;
  token: number;
  readonly sinceMs: number;
  untilMs: number;
}

interface Lock {
  token: number;
  held: Held | null;
  /** In the order of asking. */
  readonly line: Map<string, Wish>;
}

/** What several stores of one test have in common, as several workers have one Redis. */
interface Shared {
  readonly locks: Map<string, Lock>;
  readonly listeners: ((key: string, holder: LockHolder) => void)[];
}

/** Locks in memory, by the clock of the test. */
export class MemoryLockStore implements LockStore {
  private readonly clock: Clock;
  private readonly shared: Shared;

  constructor(clock: Clock, shared: Shared = { locks: new Map(), listeners: [] }) {
    this.clock = clock;
    this.shared = shared;
  }

  /** The store of another worker, over the same locks. */
  another(): MemoryLockStore {
    return new MemoryLockStore(this.clock, this.shared);
  }

  async acquire(key: string, holder: LockHolder): ReturnType<LockStore['acquire']> {
    if (key === '' || key.length > LOCK_KEY_CHARS_MAX) throw new AppError('TEMPLATE_INVALID', 'No key of a lock.');
    const lock = this.current(key);
    const name = nameOf(holder);
    const { held, line } = lock;
    if (held && nameOf(held.holder) === name) {
      if (held.owner !== this) held.token = this.nextToken(lock);
      held.owner = this;
      held.untilMs = this.clock.nowMs() + LOCK_LEASE_MS;
      return { key, holder: held.holder, token: held.token };
    }
    if (!held && line.size === 0) return { key, holder, token: this.give(lock, holder, this) };
    const wish = line.get(name);
    if (!wish && line.size >= LOCK_LINE_MAX) return { place: LOCK_LINE_MAX + 1, heldBy: held?.holder ?? null };
    line.set(name, { holder, owner: this, seenAtMs: this.clock.nowMs() });
    return { place: [...line.keys()].indexOf(name) + 1, heldBy: held?.holder ?? null };
  }

  async renew(leases: readonly LockLease[]): Promise<readonly boolean[]> {
    return leases.map(({ key, token }) => {
      const { held } = this.current(key);
      if (held?.token !== token) return false;
      held.untilMs = this.clock.nowMs() + LOCK_LEASE_MS;
      return true;
    });
  }

  async release({ key, token }: LockLease): Promise<void> {
    const lock = this.current(key);
    if (lock.held?.token === token) this.free(key, lock);
  }

  async forget(key: string, holder: LockHolder): Promise<void> {
    const lock = this.current(key);
    const name = nameOf(holder);
    if (lock.line.get(name)?.owner === this) lock.line.delete(name);
    if (lock.held?.owner === this && nameOf(lock.held.holder) === name) this.free(key, lock);
  }

  async break(key: string): Promise<LockView | null> {
    const view = await this.get(key);
    if (view) {
      this.announce(key, view.holder);
      this.free(key, this.current(key));
    }
    return view;
  }

  async get(key: string): Promise<LockView | null> {
    if (!this.shared.locks.has(key)) return null;
    const { held, line } = this.current(key);
    if (!held) return null;
    const { holder, token, sinceMs, untilMs } = held;
    return { key, holder, token, heldSinceMs: sinceMs, expiresAtMs: untilMs, waiting: line.size };
  }

  async list(cursor: string | null, limit: number) {
    const views = await Promise.all([...this.shared.locks.keys()].sort(byBytes).map((key) => this.get(key)));
    const rest = views.filter((view) => view !== null && (cursor === null || byBytes(view.key, cursor) > 0));
    const items = rest.slice(0, limit).filter((view) => view !== null);
    return { items, cursor: rest.length > limit ? (items.at(-1)?.key ?? null) : null };
  }

  async waitingOf(runId: RunId, limit: number) {
    const found = [...this.shared.locks.keys()].flatMap((key) => {
      const { held, line } = this.current(key);
      const wishes = [...line.values()].filter(({ holder }) => holder.runId === runId);
      return wishes.map(({ holder: { device } }) => ({ device, key, heldBy: held?.holder ?? null }));
    });
    return found.sort((one, other) => byBytes(one.device, other.device)).slice(0, limit);
  }

  onGranted(listener: (key: string, holder: LockHolder) => void): void {
    this.shared.listeners.push(listener);
  }

  /** The lock as it is now: what is over is dropped, and a free lock is given to whoever waits. */
  private current(key: string): Lock {
    const nowMs = this.clock.nowMs();
    const lock = this.shared.locks.get(key) ?? { token: 0, held: null, line: new Map<string, Wish>() };
    this.shared.locks.set(key, lock);
    for (const [name, { seenAtMs }] of lock.line) if (seenAtMs <= nowMs - LOCK_LEASE_MS) lock.line.delete(name);
    if (lock.held && lock.held.untilMs <= nowMs) this.free(key, lock);
    return lock;
  }

  private free(key: string, lock: Lock): void {
    lock.held = null;
    const [next] = lock.line;
    if (!next) return;
    const [name, { holder, owner }] = next;
    lock.line.delete(name);
    this.give(lock, holder, owner);
    this.announce(key, holder);
  }

  /** Later, as a message comes later. */
  private announce(key: string, holder: LockHolder): void {
    queueMicrotask(() => {
      for (const listener of this.shared.listeners) listener(key, holder);
    });
  }

  private give(lock: Lock, holder: LockHolder, owner: object): number {
    const nowMs = this.clock.nowMs();
    const token = this.nextToken(lock);
    lock.held = { holder, owner, token, sinceMs: nowMs, untilMs: nowMs + LOCK_LEASE_MS };
    return token;
  }

  private nextToken(lock: Lock): number {
    lock.token = Math.max(lock.token + 1, this.clock.nowMs());
    return lock.token;
  }
}

function nameOf({ runId, device }: LockHolder): string {
  return `${runId}/${device}`;
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
