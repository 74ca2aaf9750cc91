import {
  AppError,
  chainOf,
  isTerminal,
  RUN_DEPTH_MAX,
  RUN_DESCENDANTS_MAX,
  type RunSpec,
  type RunStore,
  type RunTree,
  type Service,
} from '@runyard/domain';
import type { BelowRun, RunRequest } from './run-request.ts';

/**
 * The run below which a run is to hang: that of the step that starts it, or the one from which the call came over HTTP.
 * A call from a run that is not kept any more stands for itself. One from a run that has ended counts in its chain, so
 * that no circle gets out of it, but what somebody does with a header that was left over is his own wish.
 */
export async function belowOf(
  runs: Pick<RunStore, 'get'>,
  { below, lineage }: Pick<RunRequest, 'below' | 'lineage'>,
): Promise<BelowRun | null> {
  if (below) return below;
  if (!lineage) return null;
  const record = await runs.get(lineage.runId);
  // Nobody said that it is to end with the run that called.
  if (!record) return null;
  const { spec, state, startedAtMs } = record;
  const called = { parent: spec, stepId: lineage.stepId, onParentClose: 'abandon' } as const;
  if (isTerminal(state)) return { ...called, isOver: true };
  return startedAtMs === null ? called : { ...called, endsAtMs: startedAtMs + spec.runTimeoutMs };
}

/** What a chain of runs may be. Throws RUN_DEPTH or RUN_CYCLE, which name the chain. */
export function checkChain({ parent }: BelowRun, service: Service, endpoint: string | undefined): void {
  const chain = chainOf(parent);
  const shown = [...chain, { service: service.name, endpoint }].map((link) => textOf(link)).join(' → ');
  const isInChain = chain.some((link) => link.service === service.name && link.endpoint === endpoint);
  if (isInChain && !service.allowRecursion) {
    throw new AppError(
      'RUN_CYCLE',
      `The chain comes back to '${textOf({ service: service.name, endpoint })}': ${shown}. A service that may come again says allow-recursion.`,
    );
  }
  if (chain.length >= RUN_DEPTH_MAX) {
    throw new AppError('RUN_DEPTH', `A chain has at most ${RUN_DEPTH_MAX} runs: ${shown}.`);
  }
}

function textOf({ service, endpoint }: { readonly service: string; readonly endpoint?: string | undefined }): string {
  return endpoint === undefined ? service : `${service}/${endpoint}`;
}

/** Takes a place below the root before the run is there: a crash in between costs a place, and never lets one too many in. */
export async function takePlace(tree: RunTree, { id, parent }: RunSpec): Promise<void> {
  if (!parent) return;
  const { rootRunId, runId: parentRunId, stepId, device } = parent;
  const node = { runId: id, parentRunId, stepId, ...(device === undefined ? {} : { device }) };
  if (await tree.join(rootRunId, node, RUN_DESCENDANTS_MAX)) return;
  throw new AppError(
    'RUN_DESCENDANTS',
    `The run '${rootRunId}' has ${RUN_DESCENDANTS_MAX} runs below it already, and no more are possible.`,
  );
}

/**
 * The time by which a run below must have ended, ms since the epoch: that of its parent, or its own when that is
 * earlier. Throws RUN_EXPIRED when that of its parent is over.
 */
export function deadlineBelow(
  { parent, endsAtMs = Infinity }: BelowRun,
  ownMs: number | undefined,
  nowMs: number,
): { readonly deadlineMs?: number } {
  const inheritedMs = Math.min(endsAtMs, parent.deadlineMs ?? Infinity);
  if (inheritedMs <= nowMs) {
    const overAt = new Date(inheritedMs).toISOString();
    throw new AppError(
      'RUN_EXPIRED',
      `The time of the run '${parent.id}' was over at ${overAt}: nothing begins below it any more.`,
    );
  }
  const deadlineMs = Math.min(inheritedMs, ownMs ?? Infinity);
  return deadlineMs === Infinity ? {} : { deadlineMs };
}
