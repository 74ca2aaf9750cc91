import { isDeepStrictEqual } from 'node:util';
import type { SchedulePause, ScheduleState, ScheduleStore, SlotClaim, SlotDecision, SlotResult } from '@runyard/domain';

const NOTHING: ScheduleState = {
  timing: null,
  upToMs: null,
  claim: null,
  waitingMs: null,
  pause: null,
  last: null,
  lastRunId: null,
};

/** How far schedules have come, in memory. */
export class MemoryScheduleStore implements ScheduleStore {
  private readonly states = new Map<string, ScheduleState>();

  async get(name: string): Promise<ScheduleState> {
    return this.of(name);
  }

  async begin(name: string, timing: string, upToMs: number): Promise<boolean> {
    const state = this.of(name);
    if (state.timing === timing) return false;
    this.change(name, { timing, upToMs: Math.max(state.upToMs ?? 0, upToMs), waitingMs: null });
    return true;
  }

  async rest(name: string): Promise<void> {
    if (this.states.has(name)) this.change(name, { timing: null, waitingMs: null });
  }

  async decide(
    name: string,
    on: Pick<ScheduleState, 'timing' | 'upToMs' | 'waitingMs'>,
    { upToMs, claim, waitingMs, last }: SlotDecision,
  ): Promise<boolean> {
    const state = this.of(name);
    if (state.claim || state.pause) return false;
    if (state.timing !== on.timing || state.upToMs !== on.upToMs || state.waitingMs !== on.waitingMs) return false;
    this.change(name, {
      upToMs,
      ...(claim ? { claim } : {}),
      ...(waitingMs === undefined ? {} : { waitingMs }),
      ...(last ? { last } : {}),
    });
    return true;
  }

  async settle(name: string, claim: SlotClaim, result: SlotResult): Promise<boolean> {
    if (!isDeepStrictEqual(this.of(name).claim, claim)) return false;
    this.change(name, { claim: null, ...noted(result) });
    return true;
  }

  async note(name: string, result: SlotResult): Promise<void> {
    this.change(name, noted(result));
  }

  async setPause(name: string, pause: SchedulePause | null, nowMs: number): Promise<void> {
    const state = this.of(name);
    if (pause) this.change(name, { pause: state.pause ?? pause });
    else if (state.pause) {
      const upToMs = state.upToMs === null ? null : Math.max(state.upToMs, nowMs);
      this.change(name, { pause: null, waitingMs: null, upToMs });
    }
  }

  async forget(name: string): Promise<void> {
    this.states.delete(name);
  }

  async names(): Promise<readonly string[]> {
    return [...this.states.keys()];
  }

  private of(name: string): ScheduleState {
    return this.states.get(name) ?? NOTHING;
  }

  private change(name: string, changes: Partial<ScheduleState>): void {
    this.states.set(name, { ...this.of(name), ...changes });
  }
}

function noted(result: SlotResult): Partial<ScheduleState> {
  return { last: result, ...(result.runId === undefined ? {} : { lastRunId: result.runId }) };
}
