import type { Clock, OpenSlice, RunId, RunQueue, RunSpec, SliceJob } from '@runyard/domain';

/** A job goes one step ahead for each such time that it has waited. */
const STEP_MS = 60_000;
/** Jobs of one queue that are raised in one round, those of the oldest runs. */
const JOBS_AT_ONCE = 100;
/** Clusters looked after in one round. */
const CLUSTERS_AT_ONCE = 100;

export interface RaiseWaiting {
  /** Notes what of a run may wait in a queue: its released slices that nobody works on, or its plan job. */
  consider(spec: RunSpec, waits: readonly OpenSlice[] | 'plan'): void;
  /** To be called at the end of each round. */
  raise(): Promise<void>;
}

/**
 * Ageing: whoever waits for long is taken as if its priority were higher, so that a stream of high runs starves nobody.
 * A round of the reconciler sees only some of the open runs, so the oldest jobs that nobody has taken are remembered
 * from round to round: the one that waits longest is first, wherever a round began. Should this process die, the next
 * leader finds them again.
 */
export function createRaiseWaiting({
  queue,
  clock,
}: {
  readonly queue: RunQueue;
  readonly clock: Clock;
}): RaiseWaiting {
  /** Cluster → `<run>-<slice>` → job. */
  let slices = new Map<string, Map<string, SliceJob>>();
  let plans = new Set<RunId>();

  function add(job: SliceJob): void {
    const ofCluster = slices.get(job.cluster) ?? new Map<string, SliceJob>();
    if (slices.size >= CLUSTERS_AT_ONCE && !slices.has(job.cluster)) return;
    slices.set(job.cluster, ofCluster.set(`${job.runId}-${job.slice}`, job));
  }

  return {
    consider(spec, waits) {
      if (clock.nowMs() - spec.createdAtUs / 1_000 < STEP_MS) return;
      if (waits === 'plan') {
        plans.add(spec.id);
        return;
      }
      const { service, priority } = spec;
      // Few of a run: those of others have waited as well.
      for (const { runId, slice, cluster } of waits.slice(0, JOBS_AT_ONCE)) {
        add({ runId, slice, cluster, service, ...(priority === undefined ? {} : { priority }) });
      }
    },
    async raise() {
      const oldestPlans = [...plans].sort().slice(0, JOBS_AT_ONCE);
      const oldest = [...slices.values()].flatMap((ofCluster) =>
        [...ofCluster.values()].sort(byAge).slice(0, JOBS_AT_ONCE),
      );
      plans = new Set();
      slices = new Map();
      for (const job of await queue.raise(oldest, STEP_MS)) add(job);
      for (const id of await queue.raisePlans(oldestPlans, STEP_MS)) plans.add(id);
    },
  };
}

/** Ids of runs are ordered by time. */
function byAge(a: SliceJob, b: SliceJob): number {
  return a.runId === b.runId ? a.slice - b.slice : a.runId < b.runId ? -1 : 1;
}
