import { describe, expect, it } from '@jest/globals';
import { AppError, type LockHolder } from '@runyard/domain';
import { MemoryLockStore, MemoryLog, TestClock } from '@runyard/testkit';
import { DeviceLocks, type HeldLock, lockKeyOf } from './device-locks.ts';

const KEY = 'device/r1';
const LEASE_MS = 10_000;
const never = new AbortController().signal;

function setup() {
  const clock = new TestClock();
  const log = new MemoryLog();
  const store = new MemoryLockStore(clock);
  const otherStore = store.another();
  const locks = new DeviceLocks({ store, clock, log });
  const other = new DeviceLocks({ store: otherStore, clock, log });
  return { clock, log, store, locks, other };
}

function someone(device: string, runId = 'a'.repeat(24)): LockHolder {
  return { runId, device, service: 'backup', principal: 'ada' };
}

/** Lets everything go on that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function watch(held: Promise<HeldLock>) {
  const seen: { lock: HeldLock | null; error: unknown } = { lock: null, error: null };
  held.then(
    (lock) => (seen.lock = lock),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

describe('the locks of devices', () => {
  it('are given one after the other, in the order of asking, also to another worker', async () => {
    const { locks, other } = setup();
    const first = await locks.hold(KEY, someone('r1'), never);
    const second = watch(other.hold(KEY, someone('r2'), never));
    await settle();
    const third = watch(locks.hold(KEY, someone('r3'), never));
    await settle();
    expect([second.lock, third.lock]).toEqual([null, null]);
    await first.release();
    await settle();
    expect([second.lock === null, third.lock]).toEqual([false, null]);
    await second.lock?.release();
    await settle();
    expect(third.lock?.token).toBeGreaterThan(second.lock?.token ?? Infinity);
  });

  it('are found free by asking again, when no grant is heard', async () => {
    const { clock, locks, other } = setup();
    await other.hold(KEY, someone('r1'), never);
    const waiting = watch(locks.hold(KEY, someone('r2'), never));
    await settle();
    for (let second = 0; second <= 10; second += 1) {
      clock.advance(1_000);
      locks.askAll();
      await settle();
    }
    expect(waiting.lock).not.toBeNull();
  });

  it('stay in hand as long as they are renewed', async () => {
    const { clock, locks, store } = setup();
    const lock = await locks.hold(KEY, someone('r1'), never);
    for (let times = 0; times < 10; times += 1) {
      clock.advance(3_000);
      await locks.renewAll();
      locks.askAll();
    }
    expect(lock.lost.aborted).toBe(false);
    expect((await store.get(KEY))?.token).toBe(lock.token);
  });

  it('are lost at once when somebody breaks them', async () => {
    const { locks, store } = setup();
    const lock = await locks.hold(KEY, someone('r1'), never);
    await store.break(KEY);
    await settle();
    expect(lock.lost.reason).toMatchObject({ code: 'LOCK_LOST' });
    expect((lock.lost.reason as AppError).message).toContain(KEY);
  });

  it('are lost when a renewal says so', async () => {
    const { clock, locks, other, store } = setup();
    const lock = await locks.hold(KEY, someone('r1'), never);
    clock.advance(LEASE_MS + 1);
    await other.hold(KEY, someone('r2'), never);
    await locks.renewAll();
    expect(lock.lost.reason).toMatchObject({ code: 'LOCK_LOST' });
    await lock.release();
    expect((await store.get(KEY))?.holder.device).toBe('r2');
  });

  it('are lost before the lease is over when they cannot be renewed', async () => {
    const { clock, log, locks, store } = setup();
    const lock = await locks.hold(KEY, someone('r1'), never);
    store.renew = () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'away'));
    for (let second = 0; second < 8; second += 1) {
      clock.advance(1_000);
      await locks.renewAll();
      locks.askAll();
    }
    expect(lock.lost.aborted).toBe(false);
    clock.advance(1_000);
    locks.askAll();
    expect(lock.lost.reason).toMatchObject({ code: 'LOCK_LOST' });
    expect(log.entries.map(({ message }) => message)).toContain('locks could not be renewed');
    await lock.release();
    expect(await store.get(KEY)).toBeNull();
  });

  it('are renewed by one call at a time', async () => {
    const { locks, store } = setup();
    await locks.hold(KEY, someone('r1'), never);
    await locks.hold('other', someone('r1'), never);
    const calls: number[] = [];
    let answer: (answers: readonly boolean[]) => void = () => undefined;
    store.renew = (leases) => {
      calls.push(leases.length);
      return new Promise((resolve) => (answer = resolve));
    };
    const renewing = [locks.renewAll(), locks.renewAll()];
    answer([true, true]);
    await Promise.all(renewing);
    expect(calls).toEqual([2]);
  });

  it('are not waited for any more when the signal aborts', async () => {
    const { locks, other, store } = setup();
    const first = await other.hold(KEY, someone('r1'), never);
    const abort = new AbortController();
    const waiting = watch(locks.hold(KEY, someone('r2'), abort.signal));
    await settle();
    abort.abort(new AppError('RUN_CANCELLED', 'cancelled'));
    await settle();
    expect(waiting.error).toMatchObject({ code: 'RUN_CANCELLED' });
    expect((await store.get(KEY))?.waiting).toBe(0);
    await first.release();
    expect(await store.get(KEY)).toBeNull();
    await expect(locks.hold(KEY, someone('r2'), abort.signal)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
  });

  it('are given on when they come after the signal has aborted', async () => {
    const { locks, store } = setup();
    const abort = new AbortController();
    const waiting = watch(locks.hold(KEY, someone('r1'), abort.signal));
    abort.abort(new AppError('RUN_CANCELLED', 'cancelled'));
    await settle();
    expect(waiting.error).toMatchObject({ code: 'RUN_CANCELLED' });
    expect(await store.get(KEY)).toBeNull();
  });

  it('are asked for again when the answer took so long that the lease may be nearly over', async () => {
    const { clock, locks, store } = setup();
    const acquire = store.acquire.bind(store);
    let calls = 0;
    store.acquire = async (...args) => {
      const answer = await acquire(...args);
      if ((calls += 1) === 1) clock.advance(9_000);
      return answer;
    };
    const lock = await locks.hold(KEY, someone('r1'), never);
    expect([calls, lock.lost.aborted]).toEqual([2, false]);
  });

  it('go over to the same device when its slice comes to this worker once more', async () => {
    const { locks, store } = setup();
    const before = await locks.hold(KEY, someone('r1'), never);
    const after = await locks.hold(KEY, someone('r1'), never);
    expect(before.lost.reason).toMatchObject({ code: 'LOCK_LOST' });
    await before.release();
    expect((await store.get(KEY))?.token).toBe(after.token);
    expect(after.lost.aborted).toBe(false);
    await after.release();
    expect(await store.get(KEY)).toBeNull();
  });

  it('are refused for a key that is none', async () => {
    const { locks } = setup();
    await expect(locks.hold('', someone('r1'), never)).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
  });

  it('repeat every wish before it is dropped, however many there are', async () => {
    const { clock, locks, other, store } = setup();
    await other.hold(KEY, someone('r0'), never);
    const waiting = Array.from({ length: 3_300 }, (_, index) => locks.hold(KEY, someone(`d${index}`), never));
    for (const each of waiting) each.catch(() => undefined);
    await settle();
    for (let second = 0; second < 12; second += 1) {
      clock.advance(1_000);
      locks.askAll();
      if (second % 3 === 0) await other.renewAll();
      await settle();
    }
    expect((await store.get(KEY))?.waiting).toBe(3_300);
    await locks.stop();
  });

  it('are given back by a stop, which comes twice or before a start', async () => {
    const { locks, other, store } = setup();
    const held = await locks.hold(KEY, someone('r1'), never);
    const waiting = watch(locks.hold(KEY, someone('r2'), never));
    const next = watch(other.hold(KEY, someone('r3'), never));
    await settle();
    await locks.stop();
    await locks.stop();
    await locks.start();
    await settle();
    expect([waiting.error, next.lock === null]).toEqual([
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
      false,
    ]);
    await held.release();
    expect((await store.get(KEY))?.holder.device).toBe('r3');
    await expect(locks.hold(KEY, someone('r4'), never)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('the key of a lock', () => {
  const render = (template: string) => template.replace('{{ site }}', 'ams').replace('{{ none }}', '');

  it('is the device, or what a template gives', () => {
    expect(lockKeyOf('device', 'r1', render)).toBe('device/r1');
    expect(lockKeyOf(' site-{{ site }} ', 'r1', render)).toBe('site-ams');
  });

  it.each([
    ['device', ''],
    [' {{ none }}', 'r1'],
    ['k'.repeat(301), 'r1'],
  ])('is refused for the lock %p of the device %p', (lock, device) => {
    expect(() => lockKeyOf(lock, device, render)).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });
});
