import type { StartStop } from '@runyard/domain';

export interface RoundsOptions {
  /** Does one round and tells after how many milliseconds the next one begins. Must not reject. */
  readonly round: (signal: AbortSignal) => Promise<number>;
  readonly firstAfterMs: number;
}

/** Repeats something, one round after the other. Stopping ends the pause between rounds and waits for the one under way. */
export class Rounds implements StartStop {
  private readonly options: RoundsOptions;
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private started = false;

  constructor(options: RoundsOptions) {
    this.options = options;
  }

  start(): Promise<void> {
    if (!this.started) this.schedule(this.options.firstAfterMs);
    this.started = true;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.current;
  }

  private schedule(afterMs: number): void {
    const { signal } = this.stopping;
    if (signal.aborted) return;
    this.timer = setTimeout(() => {
      this.current = this.options.round(signal).then((nextMs) => this.schedule(nextMs));
    }, afterMs);
  }
}
