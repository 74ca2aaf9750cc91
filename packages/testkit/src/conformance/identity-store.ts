import assert from 'node:assert/strict';
import type { LoginToken } from '@runyard/domain';
import type { ApiKey, IdentityStore, User } from '@runyard/identity';
import { waitFor } from '../wait-for.ts';
import type { ConformanceCase } from './conformance-case.ts';

export function sampleUser(name: string, changes: Partial<User> = {}): User {
  return {
    name,
    roles: ['operator'],
    passwordHash: 'hash',
    createdAtMs: 1_000,
    disabled: false,
    version: 1,
    ...changes,
  };
}

export function sampleApiKey(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    hash: `hash-of-${id}`,
    name: 'ci',
    account: { kind: 'service-account', name: 'sa_ci' },
    createdBy: 'admin',
    createdAtMs: 1_000,
    expiresAtMs: null,
    lastUsedAtMs: null,
    ...changes,
  };
}

export function sampleToken(hash: string, changes: Partial<LoginToken> = {}): LoginToken {
  const token = { holder: 'h1', user: 'ann', credential: 'proof', kind: 'password', expiresAtMs: 5_000 } as const;
  return { ...token, hash, ...changes };
}

/** What every identity store promises. Each case is given an empty store. */
export const identityStoreConformance: readonly ConformanceCase<IdentityStore>[] = [
  {
    title: 'gives back a user as it was written, and null for nobody',
    async check(store) {
      const user = sampleUser('ann', {
        roles: ['administrator', 'netops'],
        passwordHash: '$argon2id$v=19$x',
        disabled: true,
      });
      assert.equal(await store.putUser(user), true);
      assert.deepEqual(await store.getUser('ann'), user);
      assert.equal(await store.getUser('Ann'), null);
      assert.equal(await store.getUser('constructor'), null);
    },
  },
  {
    title: 'adds a user unless there is one of its name, in capitals or not, and tells which',
    async check(store) {
      const before = await store.revision();
      assert.equal(await store.addUser(sampleUser('ann')), null);
      const seen = await store.revision();
      assert.ok(seen > before);
      assert.equal(await store.addUser(sampleUser('ann', { passwordHash: 'other' })), 'ann');
      assert.equal(await store.addUser(sampleUser('Ann')), 'ann');
      assert.equal(await store.revision(), seen);
      assert.deepEqual(await store.getUser('ann'), sampleUser('ann'));
      assert.equal(await store.getUser('Ann'), null);
      const both = await Promise.all(['bob', 'BOB'].map((name) => store.addUser(sampleUser(name))));
      assert.equal(both.filter((taken) => taken === null).length, 1);
      assert.equal((await store.listUsers(null, 10)).items.length, 2);
    },
  },
  {
    title: 'leaves users that differ only in capitals as they are, when they are there',
    async check(store) {
      for (const name of ['ann', 'Ann']) await store.putUser(sampleUser(name));
      assert.equal(await store.addUser(sampleUser('Ann')), 'Ann');
      assert.equal(await store.putUser(sampleUser('Ann', { version: 2, disabled: true })), true);
      assert.deepEqual(await store.getUser('ann'), sampleUser('ann'));
    },
  },
  {
    title: 'creates a user once, however many try at the same time',
    async check(store) {
      const writers = ['a', 'b', 'c', 'd'].map((passwordHash) => sampleUser('ann', { passwordHash }));
      const written = await Promise.all(writers.map((user) => store.putUser(user)));
      assert.equal(written.filter(Boolean).length, 1);
      assert.deepEqual(await store.getUser('ann'), writers[written.indexOf(true)]);
    },
  },
  {
    title: 'changes a user only on top of the version that the writer read',
    async check(store) {
      await store.putUser(sampleUser('ann'));
      assert.equal(await store.putUser(sampleUser('ann', { version: 2, disabled: true })), true);
      assert.equal(await store.putUser(sampleUser('ann', { version: 2, roles: ['administrator'] })), false);
      assert.deepEqual(await store.getUser('ann'), sampleUser('ann', { version: 2, disabled: true }));
    },
  },
  {
    title: 'deletes a user only in the version that was read',
    async check(store) {
      await store.putUser(sampleUser('ann'));
      await store.putUser(sampleUser('ann', { version: 2, roles: ['administrator'] }));
      const before = await store.revision();
      assert.equal(await store.deleteUser(sampleUser('ann')), false);
      assert.equal(await store.revision(), before);
      assert.equal(await store.deleteUser(sampleUser('ann', { version: 2 })), true);
    },
  },
  {
    title: 'writes and deletes on a revision only while no user and no key changed since',
    async check(store) {
      assert.equal(await store.putUser(sampleUser('ann'), 0), true);
      await store.putUser(sampleUser('bob'));
      const seen = await store.revision();
      const disable = (name: string, revision: number) =>
        store.putUser(sampleUser(name, { version: 2, disabled: true }), revision);
      assert.deepEqual((await Promise.all([disable('ann', seen), disable('bob', seen)])).sort(), [false, true]);
      const left = (await store.listUsers(null, 10)).items.filter(({ disabled }) => !disabled);
      const both = left.map((user) => store.deleteUser(user, seen));
      assert.deepEqual(await Promise.all(both), [false]);
      const [last] = left;
      assert.ok(last);
      assert.equal(await store.deleteUser(last, await store.revision()), true);
    },
  },
  {
    title: 'does not bring a deleted user back by a late change',
    async check(store) {
      await store.putUser(sampleUser('ann'));
      assert.equal(await store.deleteUser(sampleUser('ann')), true);
      assert.equal(await store.deleteUser(sampleUser('ann')), false);
      assert.equal(await store.putUser(sampleUser('ann', { version: 2 })), false);
      assert.equal(await store.getUser('ann'), null);
      assert.deepEqual((await store.listUsers(null, 10)).items, []);
    },
  },
  {
    title: 'lists users by name, page by page',
    async check(store) {
      for (const name of ['carl', 'ann', 'Bob', 'dora', 'ann2']) await store.putUser(sampleUser(name));
      const pages = await pagesOf((cursor) => store.listUsers(cursor, 2));
      assert.deepEqual(
        pages.map((page) => page.map(({ name }) => name)),
        [['Bob', 'ann'], ['ann2', 'carl'], ['dora']],
      );
    },
  },
  {
    title: 'gives back an API key by its hash and by its id, and null for none',
    async check(store) {
      const key = sampleApiKey('key-1', { expiresAtMs: 5_000, services: ['show'] });
      await store.putApiKey(key);
      assert.deepEqual(await store.getApiKey(key.hash), key);
      assert.equal(await store.getApiKey('key-1'), null);
      assert.deepEqual(await store.findApiKey('key-1'), key);
      assert.equal(await store.findApiKey(key.hash), null);
    },
  },
  {
    title: 'forgets a deleted API key, also when its last use is noted after that',
    async check(store) {
      await store.putApiKey(sampleApiKey('key-1'));
      assert.equal(await store.deleteApiKey('key-1'), true);
      assert.equal(await store.deleteApiKey('key-1'), false);
      await store.touchApiKey('key-1', 9_000);
      assert.equal(await store.getApiKey('hash-of-key-1'), null);
      assert.equal(await store.findApiKey('key-1'), null);
      assert.deepEqual((await store.listApiKeys(null, 10)).items, []);
    },
  },
  {
    title: 'notes the last use of an API key without calling it a change',
    async check(store) {
      await store.putApiKey(sampleApiKey('key-1'));
      const before = await store.revision();
      await store.touchApiKey('key-1', 9_000);
      assert.equal((await store.getApiKey('hash-of-key-1'))?.lastUsedAtMs, 9_000);
      assert.equal(await store.revision(), before);
    },
  },
  {
    title: 'lists API keys by id, page by page',
    async check(store) {
      for (const id of ['key-c', 'key-a', 'key-b']) await store.putApiKey(sampleApiKey(id));
      const pages = await pagesOf((cursor) => store.listApiKeys(cursor, 2));
      assert.deepEqual(
        pages.map((page) => page.map(({ id }) => id)),
        [['key-a', 'key-b'], ['key-c']],
      );
    },
  },
  {
    title: 'gives back a token by holder and hash until it is deleted',
    async check(store) {
      const token = sampleToken('a', { expiresAtMs: Date.now() + 1_000_000 });
      await store.putToken(token, 3, 1_000);
      assert.deepEqual(await store.getToken('h1', 'a'), token);
      assert.equal(await store.getToken('h2', 'a'), null);
      assert.equal(await store.deleteToken('h2', 'a'), false);
      const before = await store.revision();
      assert.equal(await store.deleteToken('h1', 'a'), true);
      assert.equal(await store.deleteToken('h1', 'a'), false);
      assert.equal(await store.getToken('h1', 'a'), null);
      assert.ok((await store.revision()) > before);
    },
  },
  {
    title: 'keeps so many tokens of one holder at most, and none whose time is over',
    async check(store) {
      // The time of Redis is that of the machine, so tokens that last end in the far future.
      const laterMs = Date.now() + 1_000_000;
      const put = (hash: string, expiresAtMs: number, nowMs: number) =>
        store.putToken(sampleToken(hash, { expiresAtMs }), 3, nowMs);
      await store.putToken(sampleToken('other', { holder: 'h2', expiresAtMs: laterMs }), 3, 0);
      await put('over', laterMs + 1, 0);
      await put('b', laterMs + 4, 0);
      await put('c', laterMs + 5, laterMs + 2);
      assert.equal(await store.getToken('h1', 'over'), null);
      await put('d', laterMs + 6, laterMs + 2);
      await put('e', laterMs + 7, laterMs + 2);
      const there = await Promise.all(['b', 'c', 'd', 'e'].map((hash) => store.getToken('h1', hash)));
      assert.deepEqual(
        there.map((token) => token?.hash),
        [undefined, 'c', 'd', 'e'],
      );
      assert.equal((await store.getToken('h2', 'other'))?.hash, 'other');
    },
  },
  {
    title: 'raises its revision with each change, and not when it refuses one',
    async check(store) {
      const seen = [await store.revision()];
      const look = async () => seen.push(await store.revision());
      await store.putUser(sampleUser('ann'));
      await look();
      await store.putUser(sampleUser('ann', { version: 2 }));
      await look();
      await store.putApiKey(sampleApiKey('key-1'));
      await look();
      await store.deleteApiKey('key-1');
      await look();
      await store.deleteUser(sampleUser('ann', { version: 2 }));
      await look();
      assert.ok(seen.every((revision, index) => index === 0 || revision > (seen[index - 1] ?? revision)));
      await store.deleteUser(sampleUser('ann', { version: 2 }));
      await store.putUser(sampleUser('ann', { version: 7 }));
      assert.equal(await store.revision(), seen.at(-1));
    },
  },
  {
    title: 'tells listeners of changes until they leave',
    async check(store) {
      let heard = 0;
      const leave = store.onChange(() => (heard += 1));
      // Again and again: a listener of a remote store may miss what happens before it is connected.
      let version = 0;
      await waitFor(async () => {
        await store.putUser(sampleUser('ann', { version: (version += 1) }));
        return heard > 0;
      });
      leave();
      leave();
    },
  },
];

async function pagesOf<Item>(
  read: (cursor: string | null) => Promise<{ readonly items: readonly Item[]; readonly cursor: string | null }>,
): Promise<(readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  let cursor: string | null = null;
  do {
    const page = await read(cursor);
    pages.push(page.items);
    cursor = page.cursor;
  } while (cursor !== null && pages.length < 100);
  return pages;
}
