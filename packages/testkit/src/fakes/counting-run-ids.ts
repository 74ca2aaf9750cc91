import type { Clock, RunId, RunIds } from '@runyard/domain';

/** Run ids that count up, with creation times that never repeat. */
export class CountingRunIds implements RunIds {
  private readonly clock: Clock;
  private lastUs = 0;
  private count = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  next(): { id: RunId; createdAtUs: number } {
    this.lastUs = Math.max(this.clock.nowMs() * 1_000, this.lastUs + 1);
    this.count += 1;
    return { id: this.count.toString(16).padStart(24, '0'), createdAtUs: this.lastUs };
  }
}
