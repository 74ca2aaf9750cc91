import assert from 'node:assert/strict';
import type { ClusterPauses } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

/** What every store of paused clusters promises. It must be empty at the start of each case. */
export const clusterPausesConformance: readonly ConformanceCase<ClusterPauses>[] = [
  {
    title: 'tells who paused a cluster, when and why, until it is resumed',
    async check(pauses) {
      assert.equal(await pauses.get('ams'), null);
      const pause = { cluster: 'ams', by: 'ada', atMs: 1_000, reason: 'new core router' };
      await pauses.pause(pause);
      assert.deepEqual(await pauses.get('ams'), pause);
      assert.equal(await pauses.get('fra'), null);
      await pauses.resume('ams');
      assert.equal(await pauses.get('ams'), null);
    },
  },
  {
    title: 'keeps the first pause of a cluster that is paused twice',
    async check(pauses) {
      await pauses.pause({ cluster: 'ams', by: 'ada', atMs: 1_000 });
      await pauses.pause({ cluster: 'ams', by: 'bob', atMs: 2_000, reason: 'again' });
      assert.deepEqual(await pauses.get('ams'), { cluster: 'ams', by: 'ada', atMs: 1_000 });
    },
  },
  {
    title: 'resumes a cluster that is not paused',
    async check(pauses) {
      await pauses.resume('ams');
      assert.deepEqual(await pauses.list(), []);
    },
  },
  {
    title: 'lists what is paused by name, whatever the name is',
    async check(pauses) {
      const names = ['fra', '__proto__', 'ams', 'constructor'];
      for (const cluster of names) await pauses.pause({ cluster, by: 'ada', atMs: 1_000 });
      assert.deepEqual(
        (await pauses.list()).map(({ cluster }) => cluster),
        names.toSorted(),
      );
    },
  },
];
