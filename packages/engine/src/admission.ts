import { AppError, type CatalogStore, DEFAULT_CLUSTER, type Log, type StartStop } from '@runyard/domain';

/** How full things are, as last measured. */
export interface Load {
  readonly memoryUsedBytes: number;
  /** 0 when Redis has no limit. */
  readonly memoryMaxBytes: number;
  /** Jobs that wait, by cluster; only of the clusters asked for. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Runs that wait to be planned. */
  readonly plansWaiting: number;
}

/** Measures; never in the way of a call. */
export interface LoadGauge {
  read(clusters: readonly string[]): Promise<Load>;
}

/** Refuses new runs while there is no room for them. */
export interface Admission {
  /**
   * Clusters of the run's slices, null for a run that is planned first. A few comparisons, nothing is asked.
   * Throws STORE_FULL or QUEUE_FULL.
   */
  admit(clusters: readonly string[] | null): void;
}

export interface AdmissionDependencies {
  readonly gauge: LoadGauge;
  readonly catalog: Pick<CatalogStore, 'lastView'>;
  /** Waiting jobs of one queue from which on new runs for it are refused. */
  readonly queueJobsMax: number;
  readonly log: Log;
}

/** The share of the memory of Redis from which on no run is accepted; what is left is for those accepted before. */
const MEMORY_SHARE_MAX = 0.8;
const SAMPLE_MS = 1_000;
const RETRY_STORE_SECONDS = 10;
const RETRY_QUEUE_SECONDS = 5;
/** Queues looked at in one sample; with more clusters they take turns. */
const CLUSTERS_AT_ONCE = 200;

/**
 * Knows how full Redis and the queues are from samples taken every second. While a sample fails the last one counts:
 * a Redis that is away refuses runs by itself.
 */
export class AdmissionControl implements Admission, StartStop {
  private readonly deps: AdmissionDependencies;
  private readonly waiting = new Map<string, number>();
  private plansWaiting = 0;
  private memoryShare = 0;
  private turn = 0;
  private timer: NodeJS.Timeout | undefined;
  private sampling: Promise<void> | null = null;
  private stopped = false;

  constructor(deps: AdmissionDependencies) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    if (this.stopped) return;
    this.timer = setInterval(() => void this.sample(), SAMPLE_MS);
    this.timer.unref();
    await this.sample();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sampling;
  }

  admit(clusters: readonly string[] | null): void {
    if (this.memoryShare >= MEMORY_SHARE_MAX) {
      const used = Math.floor(this.memoryShare * 100);
      throw new AppError(
        'STORE_FULL',
        `Redis has used ${used} % of its maxmemory; from ${MEMORY_SHARE_MAX * 100} % on no new runs are accepted.`,
        { retryAfter: RETRY_STORE_SECONDS, extensions: { limit: 'maxmemory' } },
      );
    }
    const { queueJobsMax } = this.deps;
    if (!clusters) {
      if (this.plansWaiting >= queueJobsMax) throw queueFull('Runs that wait to be planned', this.plansWaiting);
      return;
    }
    for (const cluster of clusters) {
      const jobs = this.waiting.get(cluster) ?? 0;
      if (jobs >= queueJobsMax) throw queueFull(`Jobs that wait for the cluster '${cluster}'`, jobs);
    }

    function queueFull(what: string, jobs: number): AppError {
      return new AppError('QUEUE_FULL', `${what}: ${jobs}; RUNYARD_QUEUE_MAX allows ${queueJobsMax}.`, {
        retryAfter: RETRY_QUEUE_SECONDS,
        extensions: { limit: 'RUNYARD_QUEUE_MAX' },
      });
    }
  }

  /** Measures now; samples never overlap. Never rejects. */
  sample(): Promise<void> {
    this.sampling ??= this.measure()
      .catch((error: unknown) => this.deps.log.debug('load not measured', { error }))
      .finally(() => (this.sampling = null));
    return this.sampling;
  }

  private async measure(): Promise<void> {
    const load = await this.deps.gauge.read(this.clustersOfTurn());
    this.memoryShare = load.memoryMaxBytes > 0 ? load.memoryUsedBytes / load.memoryMaxBytes : 0;
    this.plansWaiting = load.plansWaiting;
    for (const [cluster, jobs] of load.waiting) this.waiting.set(cluster, jobs);
  }

  private clustersOfTurn(): readonly string[] {
    const all = [...new Set([DEFAULT_CLUSTER, ...(this.deps.catalog.lastView()?.names('cluster') ?? [])])];
    for (const known of this.waiting.keys()) if (!all.includes(known)) this.waiting.delete(known);
    if (all.length <= CLUSTERS_AT_ONCE) return all;
    const first = (this.turn * CLUSTERS_AT_ONCE) % all.length;
    this.turn += 1;
    return [...all.slice(first), ...all.slice(0, first)].slice(0, CLUSTERS_AT_ONCE);
  }
}
