import { isDeepStrictEqual } from 'node:util';
import {
  OPEN_RUNS_MAX,
  type RunId,
  type SchedulePause,
  type ScheduleState,
  type ScheduleStore,
  type SlotClaim,
  type SlotDecision,
  type SlotResult,
} from '@runyard/domain';

const NOTHING: ScheduleState = {
  timing: null,
  upToMs: null,
  claim: null,
  waitingMs: null,
  pause: null,
  last: null,
  lastRunId: null,
  openRunIds: [],
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
    this.change(name, { claim: null, ...this.noted(name, result) });
    return true;
  }

  async note(name: string, result: SlotResult): Promise<void> {
    this.change(name, this.noted(name, result));
  }

  async closeRuns(name: string, runIds: readonly RunId[]): Promise<void> {
    if (!this.states.has(name)) return;
    this.change(name, { openRunIds: this.of(name).openRunIds.filter((id) => !runIds.includes(id)) });
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

  private noted(name: string, last: SlotResult): Partial<ScheduleState> {
    const { runId } = last;
    if (runId === undefined) return { last };
    const openRunIds = [...this.of(name).openRunIds.filter((id) => id !== runId), runId].slice(-OPEN_RUNS_MAX);
    return { last, lastRunId: runId, openRunIds };
  }
}
