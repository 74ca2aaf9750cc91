import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { LOCK_KEY_CHARS_MAX, type LockHolder, type LockLease, type LockStore } from '@runyard/domain';
import { waitFor } from '../wait-for.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A store of locks with what a test needs beside it. */
export interface ObservedLockStore {
  readonly store: LockStore;
  /** The same locks as another worker has them. */
  readonly other: LockStore;
  /** Makes every lease and wish as old as if so many milliseconds had passed. */
  readonly age: (milliseconds: number) => Promise<void>;
}

type Case = ConformanceCase<ObservedLockStore>;

const LEASE_MS = 10_000;

const giving: readonly Case[] = [
  {
    title: 'gives a free lock, and one place after the other to who comes later',
    async check({ store, other }) {
      const [key, one, two, three] = [someKey(), someone(), someone(), someone()];
      const lease = await held(store, key, one);
      assert.deepEqual([lease.key, lease.holder], [key, one]);
      assert.deepEqual(await other.acquire(key, two), { place: 1, heldBy: one });
      assert.deepEqual(await store.acquire(key, three), { place: 2, heldBy: one });
      assert.deepEqual(await other.acquire(key, two), { place: 1, heldBy: one });
    },
  },
  {
    title: 'gives the same holder that asks again the same lease',
    async check({ store }) {
      const [key, holder] = [someKey(), someone()];
      const lease = await held(store, key, holder);
      assert.deepEqual(await store.acquire(key, holder), lease);
    },
  },
  {
    title: 'gives the lock to one of many who ask at once',
    async check({ store, other }) {
      const key = someKey();
      const asked = Array.from({ length: 50 }, (_, index) => (index % 2 ? store : other).acquire(key, someone()));
      const answers = await Promise.all(asked);
      assert.equal(answers.filter((answer) => 'token' in answer).length, 1);
      const places = answers.flatMap((answer) => ('place' in answer ? [answer.place] : []));
      assert.deepEqual(
        places.sort((one, two) => one - two),
        Array.from({ length: 49 }, (_, index) => index + 1),
      );
    },
  },
  {
    title: 'hands the lock on in the order of first asking, with growing tokens',
    async check({ store, other }) {
      const [key, first] = [someKey(), someone()];
      const line = Array.from({ length: 12 }, () => someone());
      let lease = await held(store, key, first);
      for (const [index, holder] of line.entries()) await (index % 2 ? store : other).acquire(key, holder);
      for (const holder of line.toReversed()) await waits(store, key, holder);
      for (const holder of line) {
        const before = lease.token;
        await store.release(lease);
        assert.deepEqual((await store.get(key))?.holder, holder);
        lease = await held(store, key, holder);
        assert.ok(lease.token > before);
      }
      await store.release(lease);
      assert.equal(await store.get(key), null);
    },
  },
  {
    title: 'lets tokens grow over a lock that was free, and has them be at least the time',
    async check({ store }) {
      const key = someKey();
      const lease = await held(store, key, someone());
      const view = await store.get(key);
      assert.ok(lease.token >= (view?.heldSinceMs ?? Infinity));
      await store.release(lease);
      assert.ok((await held(store, key, someone())).token > lease.token);
    },
  },
  {
    title: 'tells who waits that the lock is theirs',
    async check({ store, other }) {
      await hears(other, async () => {
        const [key, next] = [someKey(), someone()];
        const lease = await held(store, key, someone());
        await waits(other, key, next);
        await store.release(lease);
        return [[key, next]];
      });
    },
  },
  {
    title: 'keeps keys apart, and refuses one that is empty or too long',
    async check({ store }) {
      const holder = someone();
      for (const key of [`${someKey()}{a}b`, `${someKey()}{a}c`, 'ö'.repeat(LOCK_KEY_CHARS_MAX)]) {
        const lease = await held(store, key, holder);
        await store.release(lease);
      }
      await assert.rejects(store.acquire('', holder), { code: 'TEMPLATE_INVALID' });
      await assert.rejects(store.acquire('k'.repeat(LOCK_KEY_CHARS_MAX + 1), holder), { code: 'TEMPLATE_INVALID' });
    },
  },
];

const fencing: readonly Case[] = [
  {
    title: 'neither renews nor releases by a token that is not the newest',
    async check({ store }) {
      const [key, next] = [someKey(), someone()];
      const stale = await held(store, key, someone());
      await store.release(stale);
      const lease = await held(store, key, next);
      assert.deepEqual(await store.renew([stale, lease]), [false, true]);
      await store.release(stale);
      assert.equal((await store.get(key))?.token, lease.token);
    },
  },
  {
    title: 'takes the lease from a worker when another one asks for the same device',
    async check({ store, other }) {
      const [key, holder, next] = [someKey(), someone(), someone()];
      const stale = await held(store, key, holder);
      const lease = await held(other, key, holder);
      assert.ok(lease.token > stale.token);
      assert.deepEqual(await store.renew([stale]), [false]);
      await waits(store, key, next);
      await store.release(stale);
      await store.forget(key, holder);
      assert.equal((await store.get(key))?.token, lease.token);
      assert.deepEqual(await other.renew([lease]), [true]);
    },
  },
  {
    title: 'ends a lease that was not renewed for its time, and gives the lock to the next',
    async check({ store, other, age }) {
      const [key, next] = [someKey(), someone()];
      const lease = await held(store, key, someone());
      await age(LEASE_MS - 2_000);
      await waits(other, key, next);
      await age(2_001);
      assert.equal((await held(other, key, next)).token > lease.token, true);
      assert.deepEqual(await store.renew([lease]), [false]);
    },
  },
  {
    title: 'keeps a lease that is renewed in time',
    async check({ store, age }) {
      const key = someKey();
      const lease = await held(store, key, someone());
      for (let times = 0; times < 3; times += 1) {
        await age(LEASE_MS - 2_000);
        assert.deepEqual(await store.renew([lease]), [true]);
      }
      assert.equal((await store.get(key))?.token, lease.token);
    },
  },
  {
    title: 'does not renew a lease that is over, also when nobody waited',
    async check({ store, age }) {
      const key = someKey();
      const lease = await held(store, key, someone());
      await age(LEASE_MS + 1);
      assert.equal(await store.get(key), null);
      assert.deepEqual(await store.renew([lease]), [false]);
    },
  },
  {
    title: 'drops a wish that was not repeated, and its place with it',
    async check({ store, other, age }) {
      const [key, silent, loud] = [someKey(), someone(), someone()];
      const lease = await held(store, key, someone());
      await waits(other, key, silent);
      await waits(store, key, loud);
      await age(LEASE_MS - 2_000);
      await store.renew([lease]);
      assert.deepEqual(await store.acquire(key, loud), { place: 2, heldBy: lease.holder });
      await age(2_001);
      assert.deepEqual(await store.acquire(key, loud), { place: 1, heldBy: lease.holder });
      assert.equal((await store.get(key))?.waiting, 1);
      assert.deepEqual(await other.acquire(key, silent), { place: 2, heldBy: lease.holder });
    },
  },
  {
    title: 'passes many silent wishes over when the lock becomes free',
    async check({ store, age }) {
      const [key, last] = [someKey(), someone()];
      const lease = await held(store, key, someone());
      await Promise.all(Array.from({ length: 1_200 }, () => store.acquire(key, someone())));
      await age(LEASE_MS - 1_000);
      await store.renew([lease]);
      await waits(store, key, last);
      await age(2_000);
      await store.release(lease);
      await waitFor(async () => 'token' in (await store.acquire(key, last)), {
        timeoutMs: LEASE_MS / 2,
        intervalMs: 1,
      });
    },
  },
];

const taking: readonly Case[] = [
  {
    title: 'forgets a wish, and gives a lock on that came too late',
    async check({ store, other }) {
      const [key, gone, late, next] = [someKey(), someone(), someone(), someone()];
      const lease = await held(store, key, someone());
      for (const holder of [gone, late, next]) await waits(other, key, holder);
      await other.forget(key, gone);
      await store.release(lease);
      assert.deepEqual((await store.get(key))?.holder, late);
      await other.forget(key, late);
      assert.deepEqual((await store.get(key))?.holder, next);
    },
  },
  {
    title: 'breaks a lock for the next, tells who had it, and says so to everybody',
    async check({ store, other }) {
      await hears(other, async () => {
        const [key, holder, next] = [someKey(), someone(), someone()];
        const lease = await held(store, key, holder);
        await waits(other, key, next);
        const broken = await other.break(key);
        assert.deepEqual([broken?.key, broken?.holder, broken?.token, broken?.waiting], [key, holder, lease.token, 1]);
        assert.deepEqual(await store.renew([lease]), [false]);
        assert.deepEqual((await store.get(key))?.holder, next);
        return [
          [key, holder],
          [key, next],
        ];
      });
    },
  },
  {
    title: 'breaks nothing where nobody holds the lock',
    async check({ store, age }) {
      const key = someKey();
      assert.equal(await store.break(key), null);
      await held(store, key, someone());
      await age(LEASE_MS + 1);
      assert.equal(await store.break(key), null);
    },
  },
];

const looking: readonly Case[] = [
  {
    title: 'shows a lock with its times and how many wait',
    async check({ store, other }) {
      const [key, holder] = [someKey(), someone()];
      assert.equal(await store.get(key), null);
      const lease = await held(store, key, holder);
      await waits(other, key, someone());
      await waits(other, key, someone());
      const view = await other.get(key);
      assert.deepEqual([view?.key, view?.holder, view?.token, view?.waiting], [key, holder, lease.token, 2]);
      assert.equal((view?.expiresAtMs ?? 0) - (view?.heldSinceMs ?? 0), LEASE_MS);
    },
  },
  {
    title: 'lists the locks that are held, by key and page by page',
    async check({ store, age }) {
      const prefix = someKey();
      const keys = Array.from({ length: 7 }, (_, index) => `${prefix}-${index}`);
      const leases = [];
      for (const key of keys.toReversed()) leases.push(await held(store, key, someone()));
      assert.deepEqual(await listed(store, prefix, 3), keys);
      await store.release(leases[0] as LockLease);
      assert.deepEqual(await listed(store, prefix, 3), keys.slice(0, 6));
      await age(LEASE_MS + 1);
      assert.deepEqual(await listed(store, prefix, 3), []);
    },
  },
  {
    title: 'tells what the devices of a run wait for, and for how many is asked',
    async check({ store, other, age }) {
      const runId = randomBytes(12).toString('hex');
      const keys = [someKey(), someKey(), someKey()];
      const holder = someone();
      for (const [index, key] of keys.entries()) {
        await held(store, key, holder);
        await waits(other, key, { ...someone(), runId, device: `r${index}` });
      }
      const expected = keys.map((key, index) => ({ device: `r${index}`, key, heldBy: holder }));
      assert.deepEqual(await store.waitingOf(runId, 10), expected);
      assert.equal((await store.waitingOf(runId, 2)).length, 2);
      assert.deepEqual(await store.waitingOf(holder.runId, 10), []);
      await other.forget(keys[0] ?? '', { ...someone(), runId, device: 'r0' });
      await store.break(keys[1] ?? '');
      await held(other, keys[1] ?? '', { ...someone(), runId, device: 'r1' });
      assert.deepEqual(await store.waitingOf(runId, 10), expected.slice(2));
      await age(LEASE_MS + 1);
      assert.deepEqual(await store.waitingOf(runId, 10), []);
    },
  },
];

/** What every store of locks promises. */
export const lockStoreConformance: readonly Case[] = [...giving, ...fencing, ...taking, ...looking];

async function held(store: LockStore, key: string, holder: LockHolder): Promise<LockLease> {
  const answer = await store.acquire(key, holder);
  if (!('token' in answer)) assert.fail(`the lock was not given: ${JSON.stringify(answer)}`);
  return answer;
}

async function waits(store: LockStore, key: string, holder: LockHolder): Promise<void> {
  assert.ok('place' in (await store.acquire(key, holder)), 'the lock was given');
}

async function listed(store: LockStore, prefix: string, limit: number): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LockStore['list']>> = await store.list(cursor, limit);
    assert.ok(page.items.length <= limit);
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== null);
  return keys.filter((key) => key.startsWith(prefix));
}

function someKey(): string {
  return `key ${randomBytes(6).toString('hex')}`;
}

function someone(): LockHolder {
  return {
    runId: randomBytes(12).toString('hex'),
    device: `d-${randomBytes(3).toString('hex')}`,
    service: 'backup',
    principal: 'ada',
  };
}

/**
 * What is heard of grants are hints, which may be lost while a subscriber of a Cluster changes its server: so it is done
 * again until all that was expected of one time is heard, and nothing else.
 */
async function hears(
  store: LockStore,
  grant: () => Promise<readonly (readonly [key: string, holder: LockHolder])[]>,
): Promise<void> {
  const heard: [string, LockHolder][] = [];
  store.onGranted((key, holder) => void heard.push([key, holder]));
  await waitFor(
    async () => {
      heard.length = 0;
      const expected = await grant();
      await waitFor(() => heard.length >= expected.length, { timeoutMs: 1_000 }).catch(() => undefined);
      if (heard.length < expected.length) return false;
      assert.deepEqual(heard, expected);
      return true;
    },
    { timeoutMs: 20_000 },
  );
}
