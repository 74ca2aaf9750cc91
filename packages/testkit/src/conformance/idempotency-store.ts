import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IdempotencyRecord, IdempotencyScope, IdempotencyStore } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

/** What every store of idempotency keys promises. */
export const idempotencyStoreConformance: readonly ConformanceCase<IdempotencyStore>[] = [
  {
    title: 'gives each later caller the record of the first',
    async check(store) {
      const [scope, first] = [someScope(), someRecord()];
      assert.equal(await store.claim(scope, first), null);
      assert.deepEqual(await store.claim(scope, someRecord()), first);
      assert.deepEqual(await store.claim(scope, first), first);
    },
  },
  {
    title: 'lets one of many callers at once be the first',
    async check(store) {
      const scope = someScope();
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.claim(scope, someRecord())));
      assert.equal(answers.filter((answer) => answer === null).length, 1);
      assert.equal(new Set(answers.filter((answer) => answer !== null).map(({ runId }) => runId)).size, 1);
    },
  },
  {
    title: 'keeps callers and keys apart',
    async check(store) {
      const scope = someScope();
      await store.claim(scope, someRecord());
      assert.equal(await store.claim({ ...scope, principal: 'other' }, someRecord()), null);
      assert.equal(await store.claim({ ...scope, key: `${scope.key}.` }, someRecord()), null);
    },
  },
  {
    title: 'replaces a record only when it is the expected one, for one caller',
    async check(store) {
      const [scope, first] = [someScope(), someRecord()];
      await store.claim(scope, first);
      const next = { ...first, atMs: first.atMs + 1, accepted: true };
      assert.equal(await store.replace(scope, next, someRecord()), false);
      assert.deepEqual(await Promise.all([store.replace(scope, first, next), store.replace(scope, first, next)]), [
        true,
        false,
      ]);
      assert.deepEqual(await store.claim(scope, someRecord()), next);
    },
  },
  {
    title: 'forgets a key only when its record is the expected one',
    async check(store) {
      const [scope, first] = [someScope(), someRecord()];
      await store.claim(scope, first);
      assert.equal(await store.replace(scope, someRecord(), null), false);
      assert.equal(await store.replace(scope, first, null), true);
      assert.equal(await store.replace(scope, first, null), false);
      assert.equal(await store.claim(scope, someRecord()), null);
    },
  },
];

function someScope(): IdempotencyScope {
  return { principal: 'user:ada', key: randomBytes(8).toString('hex') };
}

function someRecord(): IdempotencyRecord {
  return {
    bodyHash: randomBytes(8).toString('hex'),
    runId: randomBytes(12).toString('hex'),
    createdAtUs: 1_795_220_595_311_665,
    atMs: 1_795_220_595_311,
    accepted: false,
  };
}
