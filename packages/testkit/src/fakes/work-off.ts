import type { Clock, DeviceResult, RunSpec, RunStore } from '@runyard/domain';
import type { MemoryRunQueue } from './memory-run-queue.ts';

/** What a device gives; what is left out is that of a success without output. */
export type DeviceAnswer = Partial<Omit<DeviceResult, 'name'>>;

export interface WorkOffOptions {
  readonly runs: RunStore;
  readonly queue: MemoryRunQueue;
  readonly clock: Clock;
  readonly answer?: (device: string, spec: RunSpec) => DeviceAnswer;
}

/** Plays the worker: takes every queued slice and records an answer for each of its devices that has none. */
export async function workOff({ runs, queue, clock, answer = () => ({}) }: WorkOffOptions): Promise<void> {
  for (let job = queue.take(); job; job = queue.take()) {
    const claim = await runs.claim(job, 'test-worker');
    if (typeof claim === 'string') continue;
    const results = claim.names.map((name, position) => ({
      position,
      result: {
        name,
        state: claim.cancelRequested ? ('cancelled' as const) : ('succeeded' as const),
        startedAtMs: clock.nowMs(),
        durationMs: 5,
        attempts: 1,
        result: `output of ${name}`,
        error: null,
        fields: {},
        history: [],
        ...answer(name, claim.spec),
      },
    }));
    const log = claim.names.map((device) => ({ atMs: clock.nowMs(), device, text: `ran on ${device}` }));
    await runs.record(job, claim, { started: [], results, log });
  }
}
