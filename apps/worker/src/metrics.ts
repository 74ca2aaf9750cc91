import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RecordAnswer, ResultBatch, RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import type { Slots } from '@runyard/engine';

/** What a worker counts. Labels are bounded: states and the cluster, never devices or runs. */
export class WorkerMetrics {
  readonly registry = new Registry();
  private readonly devices: Counter<'state'>;
  private readonly deviceSeconds: Histogram;
  private readonly slices: Counter<'event'>;

  constructor(cluster: string, slots: Slots) {
    this.registry.setDefaultLabels({ cluster });
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    this.devices = new Counter({
      name: 'runyard_device_results_total',
      help: 'Device results recorded, by state.',
      labelNames: ['state'],
      registers,
    });
    this.deviceSeconds = new Histogram({
      name: 'runyard_device_duration_seconds',
      help: 'Time of one device, all attempts.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
      registers,
    });
    this.slices = new Counter({
      name: 'runyard_slices_total',
      help: 'Slices claimed, and lost to another worker.',
      labelNames: ['event'],
      registers,
    });
    for (const [name, help, value] of [
      ['runyard_slots_busy', 'Device slots in use.', () => slots.busy],
      ['runyard_slots', 'Device slots of this worker.', () => slots.size],
    ] as const) {
      const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(value()) });
    }
  }

  /** The same store, counting what passes through. */
  watch(runs: RunStore): RunStore {
    return {
      ...runs,
      claim: async (...args) => {
        const claim = await runs.claim(...args);
        if (typeof claim === 'object') this.slices.inc({ event: 'claimed' });
        return claim;
      },
      record: async (slice: SliceRef, claim: SliceClaim, batch: ResultBatch): Promise<RecordAnswer> => {
        const answer = await runs.record(slice, claim, batch);
        if (!answer.owned) this.slices.inc({ event: 'lost' });
        else this.count(batch.results);
        return answer;
      },
    };
  }

  private count(results: ResultBatch['results']): void {
    const states = new Map<string, number>();
    for (const { result } of results) {
      states.set(result.state, (states.get(result.state) ?? 0) + 1);
      this.deviceSeconds.observe(result.durationMs / 1_000);
    }
    for (const [state, count] of states) this.devices.inc({ state }, count);
  }
}
