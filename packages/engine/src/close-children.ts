import { type ControlChannel, isTerminal, type Log, type RunId, type RunStore, type RunTree } from '@runyard/domain';

export interface CloseChildrenDependencies {
  readonly runs: Pick<RunStore, 'get' | 'requestCancel'>;
  readonly tree: RunTree;
  readonly control: Pick<ControlChannel, 'cancel'>;
  /** Ends what nobody has begun of a run that is to end. */
  readonly endIdle: (runId: RunId) => Promise<void>;
  readonly log: Log;
}

export type CloseChildren = (parentRunId: RunId) => Promise<void>;

/**
 * Orders the runs below one that ended otherwise than succeeded to end too, if their step says so. May be repeated.
 * A crash before or in the middle leaves runs whose parent has ended: the reconciler finds those.
 */
export function createCloseChildren(deps: CloseChildrenDependencies): CloseChildren {
  return async (parentRunId) => {
    const parent = await deps.runs.get(parentRunId);
    if (!parent || parent.state === 'succeeded' || !isTerminal(parent.state)) return;
    const { spec } = parent;
    const root = spec.parent?.rootRunId ?? spec.id;
    const below = (await deps.tree.nodes(root)).filter(({ parentRunId }) => parentRunId === spec.id);
    for (const { runId } of below) await closeChild(deps, runId);
  };
}

/** True when the run was ordered to end. */
export async function closeChild(
  { runs, control, endIdle, log }: CloseChildrenDependencies,
  runId: RunId,
): Promise<boolean> {
  const child = await runs.get(runId);
  if (!child || isTerminal(child.state) || child.cancelRequested) return false;
  if (child.spec.parent?.onParentClose !== 'cancel') return false;
  await runs.requestCancel(runId);
  await control.cancel(runId);
  await endIdle(runId);
  log.info('a run is cancelled because the one that started it has ended or is to end', {
    runId,
    parentRunId: child.spec.parent.runId,
  });
  return true;
}
