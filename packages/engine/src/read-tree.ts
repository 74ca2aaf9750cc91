import { AppError, type RunId, type RunRecord, type RunStore, type RunTree, type TreeNode } from '@runyard/domain';

export interface ReadTreeDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly tree: RunTree;
}

/** A run with the runs that it started. */
export interface RunBranch {
  /** Null when the record is not kept any more. */
  readonly record: RunRecord | null;
  readonly runId: RunId;
  readonly node: TreeNode | null;
  /** In the order in which they were accepted. */
  readonly children: readonly RunBranch[];
}

export type ReadTree = (runId: RunId) => Promise<{ readonly rootRunId: RunId; readonly branch: RunBranch }>;

const READS_AT_ONCE = 50;

/** The tree below a run, which is bounded by the number of runs that one root may have. Rejects with RUN_NOT_FOUND. */
export function createReadTree({ runs, tree }: ReadTreeDependencies): ReadTree {
  return async (runId) => {
    const top = await runs.get(runId);
    if (!top) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    const rootRunId = top.spec.parent?.rootRunId ?? runId;
    const nodes = await tree.nodes(rootRunId);
    const children = new Map<RunId, TreeNode[]>();
    for (const node of nodes) children.set(node.parentRunId, [...(children.get(node.parentRunId) ?? []), node]);
    const below = reachable(runId, children);
    const records = new Map<RunId, RunRecord | null>([[runId, top]]);
    for (let first = 0; first < below.length; first += READS_AT_ONCE) {
      const ids = below.slice(first, first + READS_AT_ONCE).map((node) => node.runId);
      const read = await Promise.all(ids.map((id) => runs.get(id)));
      for (const [index, record] of read.entries()) records.set(ids[index] ?? '', record);
    }
    const own = nodes.find((node) => node.runId === runId) ?? null;
    return { rootRunId, branch: branchOf(runId, own) };

    function branchOf(id: RunId, node: TreeNode | null): RunBranch {
      // Ids are ordered by time.
      const ordered = (children.get(id) ?? []).toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
      return {
        runId: id,
        record: records.get(id) ?? null,
        node,
        children: ordered.map((child) => branchOf(child.runId, child)),
      };
    }
  };
}

function reachable(runId: RunId, children: ReadonlyMap<RunId, readonly TreeNode[]>): readonly TreeNode[] {
  const found = [...(children.get(runId) ?? [])];
  for (const node of found) found.push(...(children.get(node.runId) ?? []));
  return found;
}
