import {
  AppError,
  type ChainLink,
  chainOf,
  isTerminal,
  RUN_DEPTH_MAX,
  RUN_DESCENDANTS_MAX,
  type RunSpec,
  type RunStore,
  type RunTree,
  type Service,
  waitingAbove,
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

/** The chain of a run below this one: from the root to the parent, and whether that waits for it. */
export function chainBelow({ parent, device, isAwaited }: BelowRun): readonly ChainLink[] {
  const chain = chainOf(parent);
  const stands = { ...(device === undefined ? {} : { device }), ...(isAwaited ? { isWaiting: true as const } : {}) };
  return chain.map((link, index) => (index === chain.length - 1 ? { ...link, ...stands } : link));
}

/** What a chain of runs may be. Throws RUN_DEPTH or RUN_CYCLE, which name the chain. */
export function checkChain(below: BelowRun, service: Service, endpoint: string | undefined): void {
  const chain = chainBelow(below);
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
  const inside = waitingAbove(chain).filter((link) => link.service === service.name).length;
  const { maxConcurrent = Infinity } = service;
  if (inside >= maxConcurrent) {
    throw new AppError(
      'RUN_CYCLE',
      `At most ${maxConcurrent} runs of '${service.name}' are in work at once (max-concurrent), and ${inside} of them wait for this one, so it could never begin: ${shown}. Give the service more, or let the step go on without it (mode: detach).`,
    );
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
