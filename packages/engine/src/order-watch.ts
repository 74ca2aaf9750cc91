import {
  type ControlChannel,
  type Log,
  type RunId,
  type RunStore,
  type SliceRef,
  type StartStop,
} from '@runyard/domain';

const LOOK_EVERY_MS = 1_000;

/** A slice in hand that follows the orders of its run. Each call may come several times. */
export interface OrderTaker {
  readonly slice: SliceRef;
  /** The fencing token of its claim. */
  readonly token: number;
  cancel(): void;
  pause(): void;
  /** Somebody else has the slice: nothing that it does counts any more. */
  lose(): void;
}

/**
 * Tells the slices of one worker that their run is to end or to pause, or that they were lost: an end at once by the
 * control channel, and each within a second by looking at the records of the runs in hand. So a worker that was thought
 * dead does not go on with long programs that another has begun meanwhile.
 * Owns `watched`: run → who is to be told.
 */
export class OrderWatch implements StartStop {
  private readonly runs: RunStore;
  private readonly log: Log;
  private readonly watched = new Map<RunId, Set<OrderTaker>>();
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

  add(runId: RunId, taker: OrderTaker): void {
    const others = this.watched.get(runId);
    if (others) others.add(taker);
    else this.watched.set(runId, new Set([taker]));
  }

  remove(runId: RunId, taker: OrderTaker): void {
    const others = this.watched.get(runId);
    if (others?.delete(taker) && others.size === 0) this.watched.delete(runId);
  }

  private cancel(runId: RunId): void {
    for (const taker of this.watched.get(runId) ?? []) taker.cancel();
  }

  /** Looks at the records now. */
  async look(): Promise<void> {
    const takers = [...this.watched.values()].flatMap((ofRun) => [...ofRun]);
    if (takers.length === 0) return;
    try {
      const orders = await this.runs.orders(takers.map(({ slice, token }) => ({ ...slice, token })));
      for (const [index, taker] of takers.entries()) {
        const { owned, cancelRequested, paused } = orders[index] ?? { owned: true };
        if (!owned) taker.lose();
        else if (cancelRequested) taker.cancel();
        else if (paused) taker.pause();
      }
    } catch (error) {
      this.log.warn('could not look for orders to runs', { error });
    }
  }
}
