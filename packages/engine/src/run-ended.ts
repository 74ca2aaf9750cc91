import {
  type DeliveryStore,
  isTerminal,
  type Log,
  type RunGate,
  type RunId,
  type RunQueue,
  type RunSpec,
  type RunStore,
  WORKFLOW_TYPE,
} from '@runyard/domain';

export interface RunEndedDependencies {
  readonly gate: RunGate;
  readonly queue: Pick<RunQueue, 'addPlan'>;
  readonly runs: Pick<RunStore, 'get'>;
  /** Absent: receivers are told when the run is looked at next. */
  readonly deliveries?: Pick<DeliveryStore, 'hasten'>;
  /** Absent: runs below one that ended are found by the reconciler. */
  readonly closeChildren?: (runId: RunId) => Promise<void>;
  readonly log: Log;
}

/** To be told of each run that ended. Never rejects. */
export type RunEnded = (spec: Pick<RunSpec, 'id' | 'service' | 'type' | 'maxConcurrent' | 'notify'>) => Promise<void>;

/** Runs looked at because of one that ended. */
const TRIED_MAX = 200;

/**
 * Gives the place of a run that ended to those who wait for it: whoever may be tried now is planned; and has those told
 * who are to know. May be told twice.
 * When it is not told, or dies in the middle, the reconciler finds a run that waits and one that ended inside.
 */
export function createRunEnded(deps: RunEndedDependencies): RunEnded {
  return async ({ id, service, type, maxConcurrent, notify }) => {
    // Any run may have others below it, by a call over HTTP; those of workflows are common enough to look at once.
    if (type === WORKFLOW_TYPE) {
      await deps.closeChildren?.(id).catch((error: unknown) => {
        deps.log.warn('runs below one that ended are ended later', { runId: id, error });
      });
    }
    if (notify) {
      await deps.deliveries?.hasten(id).catch((error: unknown) => {
        deps.log.warn('receivers of the end of a run are told later', { runId: id, error });
      });
    }
    if (maxConcurrent === undefined) return;
    await giveOn(deps, service, id).catch((error: unknown) => {
      deps.log.warn('the place of an ended run was not given on', { runId: id, service, error });
    });
  };
}

/** Takes a run out of the gate of its service and adds the plan jobs of those who may be tried now. */
export async function giveOn(
  { gate, queue, runs }: Omit<RunEndedDependencies, 'log'>,
  service: string,
  id: RunId,
): Promise<void> {
  const ended = [id];
  const tried = new Set<RunId>([id]);
  for (const runId of ended) {
    for (const next of await gate.leave(service, runId)) {
      if (tried.has(next) || tried.size >= TRIED_MAX) continue;
      tried.add(next);
      const record = await runs.get(next);
      // One that ended while it waited, and did not leave, would stand before the others for ever.
      if (!record || isTerminal(record.state)) ended.push(next);
      // With a time it is a job of its own: the one in which the run was refused may be in work still.
      else await queue.addPlan(next, service, 0, record.spec.priority);
    }
  }
}
