import type { Clock } from '@runyard/domain';

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  private currentMs: number;

  constructor(startMs = Date.UTC(2026, 10, 21, 0, 23, 15, 311)) {
    this.currentMs = startMs;
  }

  nowMs(): number {
    return this.currentMs;
  }

  advance(milliseconds: number): void {
    this.currentMs += milliseconds;
  }
}
