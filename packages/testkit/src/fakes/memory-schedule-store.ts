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

  async get(key: string): Promise<ScheduleState> {
    return this.of(key);
  }

  async begin(key: string, timing: string, upToMs: number): Promise<boolean> {
    const state = this.of(key);
    if (state.timing === timing) return false;
    this.change(key, { timing, upToMs: Math.max(state.upToMs ?? 0, upToMs), waitingMs: null });
    return true;
  }

  async rest(key: string): Promise<void> {
    if (this.states.has(key)) this.change(key, { timing: null, waitingMs: null });
  }

  async decide(
    key: string,
    on: Pick<ScheduleState, 'timing' | 'upToMs' | 'waitingMs'>,
    { upToMs, claim, waitingMs, last }: SlotDecision,
  ): Promise<boolean> {
    const state = this.of(key);
    if (state.claim || state.pause) return false;
    if (state.timing !== on.timing || state.upToMs !== on.upToMs || state.waitingMs !== on.waitingMs) return false;
    this.change(key, {
      upToMs,
      ...(claim ? { claim } : {}),
      ...(waitingMs === undefined ? {} : { waitingMs }),
      ...(last ? { last } : {}),
    });
    return true;
  }

  async settle(key: string, claim: SlotClaim, result: SlotResult): Promise<boolean> {
    if (!isDeepStrictEqual(this.of(key).claim, claim)) return false;
    this.change(key, { claim: null, ...this.noted(key, result) });
    return true;
  }

  async note(key: string, result: SlotResult): Promise<void> {
    this.change(key, this.noted(key, result));
  }

  async closeRuns(key: string, runIds: readonly RunId[]): Promise<void> {
    if (!this.states.has(key)) return;
    this.change(key, { openRunIds: this.of(key).openRunIds.filter((id) => !runIds.includes(id)) });
  }

  async setPause(key: string, pause: SchedulePause | null, nowMs: number): Promise<void> {
    const state = this.of(key);
    if (pause) this.change(key, { pause: state.pause ?? pause });
    else if (state.pause) {
      const upToMs = state.upToMs === null ? null : Math.max(state.upToMs, nowMs);
      this.change(key, { pause: null, waitingMs: null, upToMs });
    }
  }

  async forget(key: string): Promise<void> {
    this.states.delete(key);
  }

  async keys(): Promise<readonly string[]> {
    return [...this.states.keys()];
  }

  private of(key: string): ScheduleState {
    return this.states.get(key) ?? NOTHING;
  }

  private change(key: string, changes: Partial<ScheduleState>): void {
    this.states.set(key, { ...this.of(key), ...changes });
  }

  private noted(key: string, last: SlotResult): Partial<ScheduleState> {
    const { runId } = last;
    if (runId === undefined) return { last };
    const openRunIds = [...this.of(key).openRunIds.filter((id) => id !== runId), runId].slice(-OPEN_RUNS_MAX);
    return { last, lastRunId: runId, openRunIds };
  }
}
