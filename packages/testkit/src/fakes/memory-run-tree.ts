import type { RunId, RunTree, TreeNode } from '@runyard/domain';

/** Which runs started which, in memory. */
export class MemoryRunTree implements RunTree {
  private readonly trees = new Map<RunId, Map<RunId, TreeNode>>();

  async join(rootRunId: RunId, node: TreeNode, max: number): Promise<boolean> {
    const tree = this.trees.get(rootRunId) ?? new Map<RunId, TreeNode>();
    if (!tree.has(node.runId) && tree.size >= max) return false;
    if (!tree.has(node.runId)) tree.set(node.runId, node);
    this.trees.set(rootRunId, tree);
    return true;
  }

  async leave(rootRunId: RunId, runId: RunId): Promise<void> {
    this.trees.get(rootRunId)?.delete(runId);
  }

  async nodes(rootRunId: RunId): Promise<readonly TreeNode[]> {
    return [...(this.trees.get(rootRunId)?.values() ?? [])];
  }
}
