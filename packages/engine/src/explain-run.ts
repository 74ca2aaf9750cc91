import {
  AppError,
  type CatalogStore,
  type Clock,
  type ClusterPauses,
  isTerminal,
  type LockStore,
  type OpenSlice,
  type RunGate,
  type RunId,
  type RunRecord,
  type RunState,
  type StepStore,
  type RunStore,
  type WorkerInfo,
  type WorkerRegistry,
  type Reason,
} from '@runyard/domain';
import { clusterReasons, type ClusterSituation } from './explain-cluster.ts';
import { planReasons, progressReasons, stateReasons, timeReasons } from './explain-reasons.ts';
import { stepReasons } from './explain-steps.ts';

export interface ExplainRunDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  /** Some slices that are not done: constant work, whatever the size of the run. */
  readonly slices: (runId: RunId) => Promise<{
    readonly open: readonly OpenSlice[];
    /** False when there may be more. */ readonly isComplete: boolean;
  }>;
  readonly workers: Pick<WorkerRegistry, 'live'>;
  readonly catalog: Pick<CatalogStore, 'cluster' | 'serviceVersion'>;
  readonly gate: Pick<RunGate, 'look'>;
  readonly locks: Pick<LockStore, 'waitingOf'>;
  readonly pauses: Pick<ClusterPauses, 'get'>;
  /** Jobs that nobody has taken yet. */
  readonly waiting: (
    clusters: readonly string[],
  ) => Promise<{ readonly waiting: ReadonlyMap<string, number>; readonly plansWaiting: number }>;
  /** Absent where there are no workflows. */
  readonly steps?: Pick<StepStore, 'list'>;
  readonly clock: Clock;
}

/** Why a run is where it is, in words, the most telling reason first. Never empty. */
export interface RunExplanation {
  readonly id: RunId;
  readonly state: RunState;
  readonly reasons: readonly Reason[];
}

export type ExplainRun = (runId: RunId) => Promise<RunExplanation>;

/** Clusters looked at; a run over more of them is explained by its first ones. */
const CLUSTERS_MAX = 20;
const LOCKS_MAX = 10;

/**
 * Says what a run waits for. Reads a bounded number of things, so it may be asked for any run at any time; where there
 * are more slices than were looked at, numbers are the least there are. Rejects with RUN_NOT_FOUND.
 */
export function createExplainRun(deps: ExplainRunDependencies): ExplainRun {
  return async (runId) => {
    const record = await deps.runs.get(runId);
    if (!record) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    const reasons = isTerminal(record.state) ? stateReasons(record) : await openReasons(record);
    return { id: runId, state: record.state, reasons };
  };

  async function openReasons(record: RunRecord): Promise<readonly Reason[]> {
    const nowMs = deps.clock.nowMs();
    const inWork = record.planned ? await plannedReasons(record) : await unplannedReasons(record);
    return [...stateReasons(record), ...inWork, ...timeReasons(record, nowMs)];
  }

  async function unplannedReasons({ spec }: RunRecord): Promise<readonly Reason[]> {
    const [gate, { plansWaiting }] = await Promise.all([
      spec.maxConcurrent === undefined ? null : deps.gate.look(spec.service, spec.id),
      deps.waiting([]),
    ]);
    return planReasons(spec, gate, plansWaiting);
  }

  async function plannedReasons(record: RunRecord): Promise<readonly Reason[]> {
    const { spec } = record;
    const [{ open, isComplete }, live, service, locks, steps] = await Promise.all([
      deps.slices(spec.id),
      deps.workers.live(),
      deps.catalog.serviceVersion(spec.service, spec.version),
      spec.lock === undefined || spec.lock === 'none' ? [] : deps.locks.waitingOf(spec.id, LOCKS_MAX),
      deps.steps ? stepReasons(record, deps.steps) : [],
    ]);
    const situations = await situationsOf(open, live);
    return [
      ...situations.flatMap((situation) => clusterReasons(spec, situation)),
      ...steps,
      ...progressReasons(record, { open, isComplete, locks, live, parallel: spec.parallel ?? service?.parallel }),
    ];
  }

  async function situationsOf(
    open: readonly OpenSlice[],
    live: readonly WorkerInfo[],
  ): Promise<readonly ClusterSituation[]> {
    const clusters = [...new Set(open.map(({ cluster }) => cluster))].slice(0, CLUSTERS_MAX);
    const { waiting } = clusters.length > 0 ? await deps.waiting(clusters) : { waiting: new Map<string, number>() };
    return Promise.all(
      clusters.map(async (cluster) => {
        const [pause, item] = await Promise.all([deps.pauses.get(cluster), deps.catalog.cluster(cluster)]);
        return {
          cluster,
          pause,
          rate: item?.rate ?? null,
          workers: live.filter((worker) => worker.cluster === cluster),
          jobsWaiting: waiting.get(cluster) ?? 0,
          open: open.filter((slice) => slice.cluster === cluster),
        };
      }),
    );
  }
}
