import assert from 'node:assert/strict';
import type { ServiceStates } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

/** What any store of kept states does. */
export const serviceStatesConformance: readonly ConformanceCase<ServiceStates>[] = [
  {
    title: 'gives back what was written under a name, and nothing under another',
    async check(states) {
      assert.equal(await states.read('first/a'), null);
      assert.equal(await states.write('first/a', '{"serial": 1, "ü": "\\u0000"}', 5), true);
      assert.equal(await states.read('first/a'), '{"serial": 1, "ü": "\\u0000"}');
      assert.equal(await states.read('first/b'), null);
    },
  },
  {
    title: 'takes what the holder of the same or a later lock writes',
    async check(states) {
      await states.write('second/a', 'one', 5);
      assert.equal(await states.write('second/a', 'two', 5), true);
      assert.equal(await states.write('second/a', 'three', 6), true);
      assert.equal(await states.read('second/a'), 'three');
    },
  },
  {
    title: 'takes nothing from whoever had the lock before',
    async check(states) {
      await states.write('third/a', 'new', 6);
      assert.equal(await states.write('third/a', 'stale', 5), false);
      assert.equal(await states.read('third/a'), 'new');
    },
  },
  {
    title: 'keeps what is large',
    async check(states) {
      const large = JSON.stringify({ text: 'x'.repeat(3_000_000) });
      await states.write('fourth/large', large, 1);
      assert.equal(await states.read('fourth/large'), large);
    },
  },
];
