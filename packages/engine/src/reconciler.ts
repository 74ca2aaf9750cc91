import {
  type Clock,
  isTerminal,
  type Log,
  type RunId,
  type RunQueue,
  type RunStore,
  type StartStop,
  type WorkerRegistry,
} from '@runyard/domain';
import { cancelSlice } from './cancel-run.ts';

export interface ReconcilerDependencies {
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly workers: WorkerRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this process is the one that reconciles. */
  readonly lead: () => Promise<boolean>;
}

const ROUND_MS = 2_000;
/** A run that was accepted this long ago and has no job is not just on its way. */
const OPEN_FOR_MS = 5_000;
const RUNS_AT_ONCE = 200;

/**
 * Finds runs that stand still because something died between two writes, and sets them going: accepted but not
 * queued, planned but not all queued, owned by a dead worker, cancelled while its owner died, ended but still in the list of open runs. Everything it
 * does is harmless when the run was all right: adding a job that is there changes nothing.
 */
export class Reconciler implements StartStop {
  private readonly deps: ReconcilerDependencies;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Where the next round goes on, so that many runs that wait for a worker do not hide the ones behind them. */
  private after: RunId | null = null;

  constructor(deps: ReconcilerDependencies) {
    this.deps = deps;
  }

  start(): Promise<void> {
    this.schedule();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.reconcile()
        .catch((error: unknown) => this.deps.log.warn('reconciling failed', { error }))
        .finally(() => this.schedule());
    }, ROUND_MS);
  }

  /** One round over some open runs, oldest first. */
  async reconcile(): Promise<void> {
    const { runs, workers, clock, lead } = this.deps;
    if (!(await lead())) return;
    const ids = await runs.openRuns(clock.nowMs() - OPEN_FOR_MS, RUNS_AT_ONCE, this.after);
    this.after = ids.length < RUNS_AT_ONCE ? null : (ids.at(-1) ?? null);
    if (ids.length === 0) return;
    const live = new Set((await workers.live()).map(({ id }) => id));
    for (const id of ids) await this.mend(id, live);
  }

  private async mend(id: RunId, live: ReadonlySet<string>): Promise<void> {
    const { runs, queue, clock, log } = this.deps;
    const record = await runs.get(id);
    if (!record || isTerminal(record.state)) {
      await runs.reindex(id);
      return;
    }
    const { service } = record.spec;
    if (!record.planned) {
      await queue.addPlan(id, service);
      return;
    }
    const open = (await runs.openSlices(id)).filter(({ owner }) => owner === null || !live.has(owner));
    // Slices that wait for others are nobody's fault, unless the run is to end.
    const idle = record.cancelRequested ? open : open.filter(({ isReleased }) => isReleased);
    if (idle.length === 0) return;
    if (record.cancelRequested) {
      for (const slice of idle) await cancelSlice(runs, slice, clock.nowMs());
      return;
    }
    log.debug('slices without a live owner queued', { runId: id, slices: idle.length });
    await queue.addSlices(idle.map(({ runId, slice, cluster }) => ({ runId, slice, cluster, service })));
  }
}
