import type { RunTree, TreeNode } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { DAY_MS } from './keep-time.ts';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const JOIN_TREE = loadScript(new URL('./lua/join-tree-1.lua', import.meta.url));
/** Whoever prunes the run at the top removes it long before. */
const TREE_LIFE_MS = 400 * DAY_MS;

/** One hash for each run that has others below it, beside its record. */
export function createRunTree(connection: RedisConnection, keys: Keys): RunTree {
  defineScripts(connection, [JOIN_TREE]);
  const treeOf = (rootRunId: string) => keys.run(rootRunId).tree;
  return {
    async join(rootRunId, node, max) {
      const args = [node.runId, JSON.stringify(node), max, TREE_LIFE_MS];
      return (await known(runScript<number>(connection, JOIN_TREE, [treeOf(rootRunId)], args))) === 1;
    },
    async leave(rootRunId, runId) {
      await known(connection.hdel(treeOf(rootRunId), runId));
    },
    async nodes(rootRunId) {
      const stored = await known(connection.hvals(treeOf(rootRunId)));
      return stored.map((text) => JSON.parse(text) as TreeNode);
    },
  };
}
