import { ownThread, processorMs } from './processor-time.ts';

/** At first of any time, and then as much again on the processor. The configuration of 5,000 interfaces needs a tenth of a second. */
const RENDER_MS_MAX = 250;
/** How often the time on the processor is looked at. */
const LOOK_MS = 10;

let thread: string | null | undefined;

/**
 * Ends the rendering of a template that takes too long, between two of its parts. What counts in the end is the time on
 * the processor: a process that stood still, or waits on a busy machine, fails no honest template. Where nobody tells
 * that time, the time of day counts.
 */
export class RenderLimit {
  private lookAtMs = performance.now() + RENDER_MS_MAX;
  private endsAtMs: number | null = null;

  /** Liquid calls it before each part. Throws when the time is up. */
  check(nowMs: number): void {
    if (nowMs < this.lookAtMs) return;
    thread ??= ownThread();
    const usedMs = processorMs(thread) ?? nowMs;
    this.endsAtMs ??= usedMs + RENDER_MS_MAX;
    if (usedMs >= this.endsAtMs) throw new Error('template render limit exceeded');
    this.lookAtMs = nowMs + LOOK_MS;
  }
}
