import { AppError, type ControlChannel, type Log, type RunId, type RunStore, type StartStop } from '@runyard/domain';

const LOOK_EVERY_MS = 1_000;

/**
 * Tells the slices of one worker that their run is to be cancelled: at once by the control channel, and within a
 * second by looking at the records of the runs in hand, should the message have been missed.
 * Owns `watched`: run → what to abort.
 */
export class CancelWatch implements StartStop {
  private readonly runs: RunStore;
  private readonly log: Log;
  private readonly watched = new Map<RunId, Set<AbortController>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(runs: RunStore, control: ControlChannel, log: Log) {
    this.runs = runs;
    this.log = log;
    control.onCancel((runId) => this.cancel(runId));
  }

  start(): Promise<void> {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    clearInterval(this.timer);
    return Promise.resolve();
  }

  add(runId: RunId, abort: AbortController): void {
    const others = this.watched.get(runId);
    if (others) others.add(abort);
    else this.watched.set(runId, new Set([abort]));
  }

  remove(runId: RunId, abort: AbortController): void {
    const others = this.watched.get(runId);
    if (others?.delete(abort) && others.size === 0) this.watched.delete(runId);
  }

  private cancel(runId: RunId): void {
    for (const abort of this.watched.get(runId) ?? []) {
      abort.abort(new AppError('RUN_CANCELLED', 'The run was cancelled.'));
    }
  }

  private async look(): Promise<void> {
    const runIds = [...this.watched.keys()];
    if (runIds.length === 0) return;
    try {
      const flags = await this.runs.isCancelRequested(runIds);
      runIds.forEach((runId, index) => flags[index] && this.cancel(runId));
    } catch (error) {
      this.log.warn('could not look for cancelled runs', { error });
    }
  }
}
