import { createHash, randomBytes } from 'node:crypto';
import {
  AppError,
  LOCK_KEY_CHARS_MAX,
  LOCK_LEASE_MS,
  type LockHolder,
  type LockLease,
  type LockStore,
  type LockView,
  type Log,
  type RunId,
} from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { LOCK_PRELUDE } from './lock-prelude.ts';
import { known } from './store-errors.ts';

const script = (name: string, prelude = '') => loadScript(new URL(`./lua/${name}.lua`, import.meta.url), prelude);
const ACQUIRE = script('acquire-lock-4', LOCK_PRELUDE);
const RENEW = script('renew-lock-4', LOCK_PRELUDE);
const RELEASE = script('release-lock-4', LOCK_PRELUDE);
const FORGET = script('forget-lock-4', LOCK_PRELUDE);
const BREAK = script('break-lock-4', LOCK_PRELUDE);
const LOOK = script('look-at-lock-2');
const INDEX = script('index-locks-2');

/** Keys in one call, so that none takes Redis long. */
const INDEXED_AT_ONCE = 500;
/** What a run waits for is found for so long after it last began to wait for something. */
const WAITS_KEEP_MS = 7 * 86_400_000;
const LOOKS_MAX = 1_000;

export interface LockStoreOptions {
  readonly connection: RedisConnection;
  /** Hears of grants; without it nobody does. */
  readonly subscriber: RedisConnection | null;
  readonly keys: Keys;
  readonly log: Log;
}

type Granted = readonly [token: number, hasWaited: 0 | 1];
type Placed = readonly [no: 0, place: number, heldBy: string, isNew: 0 | 1];
type Broken = readonly [holder: string, token: number, since: number, until: number, waiting: number];
type Looked = readonly [...Broken, waits: 0 | 1];

/** Locks in Redis, by its clock. Listens for grants from the moment it resolves. */
export async function createLockStore(options: LockStoreOptions): Promise<RedisLockStore> {
  const { subscriber, keys, log } = options;
  const store = new RedisLockStore(options);
  if (subscriber) {
    subscriber.on('message', (channel: string, message: string) => {
      if (channel === keys.lockGranted) store.heard(message, log);
    });
    await subscriber.subscribe(keys.lockGranted);
  }
  return store;
}

/**
 * One hash tag for each lock, so that each of its changes is one script. The lists by which locks are found lie in
 * other slots of a Cluster and are written without waiting for it: they may name a lock that is free, which whoever
 * reads them drops, and lack one until it is renewed.
 */
class RedisLockStore implements LockStore {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly listeners: ((key: string, holder: LockHolder) => void)[] = [];
  /** Tells two workers apart that ask for the same device, because one has taken it over from the other. */
  private readonly owner = randomBytes(8).toString('hex');

  constructor({ connection, keys }: LockStoreOptions) {
    this.connection = connection;
    this.keys = keys;
    defineScripts(connection, [ACQUIRE, RENEW, RELEASE, FORGET, BREAK, LOOK, INDEX]);
  }

  async acquire(key: string, holder: LockHolder): ReturnType<LockStore['acquire']> {
    if (key === '' || key.length > LOCK_KEY_CHARS_MAX) {
      throw new AppError('TEMPLATE_INVALID', `The key of a lock has 1 to ${LOCK_KEY_CHARS_MAX} characters.`);
    }
    const answer = await this.run<Granted | Placed>(ACQUIRE, key, [key, memberOf(holder), encode(holder), this.owner]);
    if (answer[0] !== 0) {
      this.noteHeld([key]);
      if (answer[1] === 1) this.noteWait(holder, key, false);
      return { key, holder, token: answer[0] };
    }
    const [, place, heldBy, isNew] = answer as Placed;
    if (isNew) this.noteWait(holder, key, true);
    return { place, heldBy: heldBy === '' ? null : decode(heldBy) };
  }

  async renew(leases: readonly LockLease[]): Promise<readonly boolean[]> {
    const answers = await Promise.all(leases.map(({ key, token }) => this.run<0 | 1>(RENEW, key, [token])));
    this.noteHeld(leases.filter((_, index) => answers[index] === 1).map(({ key }) => key));
    return answers.map((answer) => answer === 1);
  }

  async release({ key, token }: LockLease): Promise<void> {
    if ((await this.run<0 | 1>(RELEASE, key, [token])) === 1) this.dropHeld([key]);
  }

  async forget(key: string, holder: LockHolder): Promise<void> {
    await this.run(FORGET, key, [memberOf(holder), this.owner]);
    this.noteWait(holder, key, false);
  }

  async break(key: string): Promise<LockView | null> {
    const found = await this.run<Broken | null>(BREAK, key, []);
    return found && viewOf(key, found);
  }

  async get(key: string): Promise<LockView | null> {
    return viewOf(key, await this.look(key, ''));
  }

  async list(cursor: string | null, limit: number) {
    const from = cursor === null ? '-' : `(${cursor}`;
    const keys = await known(this.connection.zrangebylex(this.keys.heldLocks, from, '+', 'LIMIT', 0, limit));
    const views = await Promise.all(keys.map((key) => this.get(key)));
    this.dropHeld(keys.filter((_, index) => views[index] === null));
    const last = keys.length === limit ? (keys.at(-1) ?? null) : null;
    return { items: views.filter((view) => view !== null), cursor: last };
  }

  async waitingOf(runId: RunId, limit: number) {
    const index = this.keys.lockWaits(runId);
    const found: { device: string; key: string; heldBy: LockHolder | null }[] = [];
    // Wishes that ended without a word, with their worker, are met here: a few more are looked at than are wanted.
    const looks = Math.min(2 * limit, LOOKS_MAX);
    const entries = await known(this.connection.zrangebylex(index, '-', '+', 'LIMIT', 0, looks));
    const looked = await Promise.all(
      entries.map((entry) => this.look(parseWait(entry).key, `${runId}/${parseWait(entry).device}`)),
    );
    const gone: string[] = [];
    entries.forEach((entry, position) => {
      const [holder = '', , , , , waits = 0] = looked[position] ?? [];
      if (waits === 0) gone.push(entry);
      else found.push({ ...parseWait(entry), heldBy: holder === '' ? null : decode(holder) });
    });
    if (gone.length > 0) quietly(this.connection.zrem(index, ...gone));
    return found.slice(0, limit);
  }

  onGranted(listener: (key: string, holder: LockHolder) => void): void {
    this.listeners.push(listener);
  }

  heard(message: string, log: Log): void {
    const end = message.indexOf('\n');
    try {
      const holder = decode(message.slice(0, end));
      for (const listener of this.listeners) listener(message.slice(end + 1), holder);
    } catch (error) {
      log.warn('grant of a lock not understood', { error });
    }
  }

  private run<Answer>(of: typeof ACQUIRE, key: string, args: readonly (string | number)[]): Promise<Answer> {
    const { lock, line, seen, wishes } = this.keys.lock(hashOf(key));
    const all = [this.keys.lockGranted, ...args];
    return known(runScript<Answer>(this.connection, of, [lock, line, seen, wishes], all));
  }

  private look(key: string, member: string): Promise<Looked> {
    const { lock, seen } = this.keys.lock(hashOf(key));
    return known(runScript<Looked>(this.connection, LOOK, [lock, seen], [member, LOCK_LEASE_MS]));
  }

  private noteHeld(keys: readonly string[]): void {
    const { heldLocks, heldLocksUntil } = this.keys;
    for (let from = 0; from < keys.length; from += INDEXED_AT_ONCE) {
      const some = keys.slice(from, from + INDEXED_AT_ONCE);
      quietly(runScript(this.connection, INDEX, [heldLocks, heldLocksUntil], [LOCK_LEASE_MS, ...some]));
    }
  }

  private dropHeld(keys: readonly string[]): void {
    if (keys.length === 0) return;
    quietly(this.connection.zrem(this.keys.heldLocks, ...keys));
    quietly(this.connection.zrem(this.keys.heldLocksUntil, ...keys));
  }

  private noteWait({ runId, device }: LockHolder, key: string, waits: boolean): void {
    const index = this.keys.lockWaits(runId);
    const entry = `${device}\0${key}`;
    if (!waits) return quietly(this.connection.zrem(index, entry));
    quietly(this.connection.zadd(index, 0, entry));
    quietly(this.connection.pexpire(index, WAITS_KEEP_MS));
  }
}

/** Of one length whatever a template gave, so that no key of Redis is made of foreign text. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

function memberOf({ runId, device }: LockHolder): string {
  return `${runId}/${device}`;
}

function parseWait(entry: string): { readonly device: string; readonly key: string } {
  const end = entry.indexOf('\0');
  return { device: entry.slice(0, end), key: entry.slice(end + 1) };
}

function encode({ runId, device, service, principal }: LockHolder): string {
  return JSON.stringify([runId, device, service, principal]);
}

function decode(text: string): LockHolder {
  const [runId, device, service, principal] = JSON.parse(text) as [RunId, string, string, string];
  return { runId, device, service, principal };
}

function viewOf(key: string, [holder, token, heldSinceMs, expiresAtMs, waiting]: Broken | Looked): LockView | null {
  return holder === '' ? null : { key, holder: decode(holder), token, heldSinceMs, expiresAtMs, waiting };
}

/** A list that could not be written is mended by the next renewal, or by whoever reads it. */
function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
