import assert from 'node:assert/strict';
import type { Delivery, DeliveryStore, RunDeliveries, RunId } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { sampleSpec } from './run-samples.ts';

/** A store with the door by which the run store enlists a run. */
export interface ObservedDeliveryStore {
  readonly store: DeliveryStore;
  readonly enlist: (runId: RunId, atMs: number) => Promise<void>;
}

const DAY_MS = 86_400_000;

export function sampleDelivery(runId: RunId, number: number, changes: Partial<Delivery> = {}): Delivery {
  return {
    id: `${runId}-${number}`,
    webhook: { url: `https://receiver.example/${number}` },
    state: 'pending',
    attempts: 0,
    status: null,
    error: null,
    attemptedAtMs: null,
    nextAtMs: 1_000,
    untilMs: DAY_MS,
    ...changes,
  };
}

function begunFor(runId: RunId, receivers: number): RunDeliveries {
  const deliveries = Array.from({ length: receivers }, (_, number) => sampleDelivery(runId, number));
  return { run: '{"id":"x"}', event: 'succeeded', deliveries };
}

/** What every delivery store promises. It must be empty at the start of each case. */
export const deliveryStoreConformance: readonly ConformanceCase<ObservedDeliveryStore>[] = [
  {
    title: 'gives a due run to one taker until its time is over, the longest due first',
    async check({ store, enlist }) {
      const [late, early, later] = [sampleSpec().id, sampleSpec().id, sampleSpec().id];
      await enlist(late, 2_000);
      await enlist(early, 1_000);
      await enlist(later, 9_000);
      assert.deepEqual(await store.take(5_000, 25_000, 1), [early]);
      assert.deepEqual(await store.take(5_000, 25_000, 10), [late]);
      assert.deepEqual(await store.take(5_000, 25_000, 10), []);
      assert.deepEqual([...(await store.take(25_000, 50_000, 10))].sort(), [late, early, later].sort());
    },
  },
  {
    title: 'looks again at a run that is put back when its time comes, or not any more',
    async check({ store, enlist }) {
      const [again, done] = [sampleSpec().id, sampleSpec().id];
      await enlist(again, 1_000);
      await enlist(done, 1_000);
      await store.take(1_000, 20_000, 10);
      await store.putBack(again, 20_000, 3_000);
      await store.putBack(done, 20_000, null);
      assert.deepEqual(await store.take(2_999, 30_000, 10), []);
      assert.deepEqual(await store.take(3_000, 30_000, 10), [again]);
      assert.deepEqual(await store.take(99_000, 100_000, 10), [again]);
    },
  },
  {
    title: 'does not put back a run that was hastened, or that another took, since',
    async check({ store, enlist }) {
      const { id } = sampleSpec();
      await enlist(id, 1_000);
      await store.take(1_000, 20_000, 10);
      await store.hasten(id);
      await store.putBack(id, 20_000, null);
      assert.deepEqual(await store.take(1_001, 21_001, 10), [id]);
      await store.putBack(id, 20_000, null);
      assert.deepEqual(await store.take(21_001, 50_000, 10), [id]);
    },
  },
  {
    title: 'does not look after a run that is hastened and was never enlisted',
    async check({ store }) {
      await store.hasten(sampleSpec().id);
      assert.deepEqual(await store.take(1_000, 20_000, 10), []);
    },
  },
  {
    title: 'keeps what was begun first, in the order of the receivers, and what was saved since',
    async check({ store }) {
      const { id } = sampleSpec();
      assert.equal(await store.read(id), null);
      const begun = begunFor(id, 11);
      await store.begin(id, begun, DAY_MS);
      assert.deepEqual(await store.read(id), begun);
      const told = sampleDelivery(id, 10, { state: 'delivered', attempts: 2, status: 204, nextAtMs: null });
      await store.save(id, told);
      await store.begin(id, { ...begun, run: '{"id":"another"}' }, DAY_MS);
      assert.deepEqual(await store.read(id), { ...begun, deliveries: begun.deliveries.with(10, told) });
    },
  },
  {
    title: 'drops what was sent when a run is settled, and still tells how it went',
    async check({ store }) {
      const { id } = sampleSpec();
      const begun = begunFor(id, 1);
      await store.begin(id, begun, DAY_MS);
      await store.settle(id);
      assert.deepEqual(await store.read(id), { ...begun, run: '' });
    },
  },
];
