import assert from 'node:assert/strict';
import type { RunTree } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { sampleSpec } from './run-samples.ts';

/** What every tree of runs promises. */
export const runTreeConformance: readonly ConformanceCase<RunTree>[] = [
  {
    title: 'keeps each run below its root once, with where it hangs',
    async check(tree) {
      const [root, child, grandchild] = [sampleSpec().id, sampleSpec().id, sampleSpec().id];
      const node = { runId: child, parentRunId: root, stepId: 'refresh' };
      const below = { runId: grandchild, parentRunId: child, stepId: 'push', device: 'r1' };
      assert.deepEqual(await tree.nodes(root), []);
      assert.equal(await tree.join(root, node, 10), true);
      assert.equal(await tree.join(root, below, 10), true);
      assert.equal(await tree.join(root, node, 10), true);
      const nodes = [...(await tree.nodes(root))].sort((a, b) => (a.runId === child ? -1 : b.runId === child ? 1 : 0));
      assert.deepEqual(nodes, [node, below]);
    },
  },
  {
    title: 'lets so many in and no more, however many ask at once, and takes places back',
    async check(tree) {
      const root = sampleSpec().id;
      const node = { runId: root, parentRunId: root, stepId: 's' };
      const nodes = [1, 2, 3, 4, 5].map(() => ({ ...node, runId: sampleSpec().id }));
      const admitted = await Promise.all(nodes.map((node) => tree.join(root, node, 3)));
      assert.equal(admitted.filter(Boolean).length, 3);
      const inside = nodes.filter((_, index) => admitted[index]);
      assert.equal(await tree.join(root, inside[0] ?? node, 3), true);
      await tree.leave(root, inside[0]?.runId ?? '');
      assert.equal(await tree.join(root, { ...node, runId: sampleSpec().id }, 3), true);
      assert.equal((await tree.nodes(root)).length, 3);
    },
  },
];
