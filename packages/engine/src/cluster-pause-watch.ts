import type { ClusterPauses, ControlChannel, Log, StartStop } from '@runyard/domain';
import { followClusterPause, type PausableQueues } from './follow-cluster-pause.ts';

const LOOK_EVERY_MS = 1_000;

export interface ClusterPauseWatchDependencies {
  readonly cluster: string;
  readonly pauses: ClusterPauses;
  readonly queues: PausableQueues;
  readonly control: ControlChannel;
  readonly log: Log;
}

/**
 * Knows in a worker whether its cluster is paused: from its start on, by the control channel at once, and within a second
 * by looking. It says so only after the queue is paused too: what a worker hands back would come straight back to it
 * otherwise.
 */
export class ClusterPauseWatch implements StartStop {
  private readonly deps: ClusterPauseWatchDependencies;
  private pausing = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private stopped = false;

  constructor(deps: ClusterPauseWatchDependencies) {
    this.deps = deps;
    deps.control.onClusterPause((cluster) => {
      if (cluster === deps.cluster && !this.stopped) void this.lookAgain();
    });
  }

  get isPaused(): boolean {
    return this.pausing.signal.aborted;
  }

  /** Aborts when the cluster is paused; another one after it was resumed. */
  get signal(): AbortSignal {
    return this.pausing.signal;
  }

  async start(): Promise<void> {
    if (this.stopped) return;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    await this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking;
  }

  /** Looks now, or shares a look that is under way. Never rejects: while the store is away what was seen last counts. */
  look(): Promise<void> {
    this.looking ??= this.see().finally(() => (this.looking = null));
    return this.looking;
  }

  /** A look that is under way may have missed what a message told of. */
  private async lookAgain(): Promise<void> {
    await this.looking;
    await this.look();
  }

  private async see(): Promise<void> {
    const { cluster, log } = this.deps;
    try {
      const isPaused = await followClusterPause(cluster, this.deps);
      if (isPaused === this.isPaused) return;
      if (isPaused) this.pausing.abort();
      else this.pausing = new AbortController();
      log.info(isPaused ? 'cluster paused' : 'cluster resumed', { cluster });
    } catch (error) {
      log.warn('could not look whether the cluster is paused', { cluster, error });
    }
  }
}
