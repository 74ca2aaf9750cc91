import {
  type DeviceCounts,
  DEVICE_STATES,
  type DeviceResult,
  type DeviceRow,
  type DeviceState,
  endingEvent,
  isTerminal,
  type LogLine,
  type NewSlice,
  type RunError,
  type RunEvent,
  type RunPlan,
  type RunRecord,
  type RunSpec,
  type RunState,
  transition,
} from '@runyard/domain';

/** One slice of a run in memory. The token grows with each claim; only its holder writes. */
export class MemorySlice {
  readonly cluster: string;
  readonly names: readonly string[];
  readonly rows: { state: DeviceState; result: DeviceResult | null }[];
  token = 0;
  owner: string | null = null;
  isReleased = true;
  readonly losses = new Map<number, number>();

  constructor({ cluster, names }: NewSlice) {
    this.cluster = cluster;
    this.names = names;
    this.rows = names.map(() => ({ state: 'pending', result: null }));
  }

  get isDone(): boolean {
    return this.rows.every(({ state }) => isFinal(state));
  }
}

/** A run in memory: what the store keeps about it, changed only through the state machine of the domain. */
export class MemoryRun {
  readonly spec: RunSpec;
  readonly results: DeviceResult[] = [];
  readonly log: LogLine[] = [];
  slices: MemorySlice[] = [];
  inventory: readonly string[] = [];
  sliceParallel: number | null = null;
  state: RunState = 'queued';
  revision = 1;
  planned = false;
  startedAtMs: number | null = null;
  endedAtMs: number | null = null;
  cancelRequested = false;
  error: RunError | null = null;

  constructor(spec: RunSpec) {
    this.spec = spec;
  }

  get isEnded(): boolean {
    return isTerminal(this.state);
  }

  setPlan(plan: RunPlan): void {
    this.slices = plan.slices.map((slice) => new MemorySlice(slice));
    this.inventory = plan.inventory ?? [];
    this.sliceParallel = plan.sliceParallel ?? null;
    const queued = new Map<string, number>();
    for (const slice of this.slices) {
      const count = (queued.get(slice.cluster) ?? 0) + 1;
      queued.set(slice.cluster, count);
      slice.isReleased = count <= (plan.window ?? Infinity);
    }
    this.planned = true;
    this.revision += 1;
  }

  apply(event: RunEvent, nowMs: number): boolean {
    const next = transition(this.state, event);
    if (next === null) return false;
    this.state = next;
    this.revision += 1;
    if (next === 'running') this.startedAtMs ??= nowMs;
    if (isTerminal(next)) this.endedAtMs = nowMs;
    return true;
  }

  setRow(slice: MemorySlice, position: number, state: DeviceState, result: DeviceResult | null): void {
    const row = slice.rows[position];
    if (!row || isFinal(row.state)) return;
    row.state = state;
    row.result = result;
    if (result) this.results.push(result);
    this.revision += 1;
  }

  /** The next slice of the cluster that waits, when this one is done; each is let go once. */
  releaseNext(done: MemorySlice): number | null {
    if (!done.isDone || this.cancelRequested) return null;
    const next = this.slices.findIndex((slice) => slice.cluster === done.cluster && !slice.isReleased);
    const slice = this.slices[next];
    if (!slice) return null;
    slice.isReleased = true;
    return next;
  }

  endWhenDone(nowMs: number): void {
    if (this.planned && !this.isEnded && this.slices.every((slice) => slice.isDone)) {
      this.apply(endingEvent(this.state, this.counts()), nowMs);
    }
  }

  rows(): DeviceRow[] {
    return this.slices.flatMap((slice) =>
      slice.rows.map((row, position) => ({ name: slice.names[position] ?? '', ...row })),
    );
  }

  counts(): DeviceCounts {
    const counts = Object.fromEntries(DEVICE_STATES.map((state) => [state, 0])) as Record<DeviceState, number>;
    let total = 0;
    for (const slice of this.slices) {
      for (const { state } of slice.rows) counts[state] += 1;
      total += slice.rows.length;
    }
    return { ...counts, total };
  }

  toRecord(): RunRecord {
    return {
      spec: this.spec,
      state: this.state,
      revision: this.revision,
      counts: this.counts(),
      planned: this.planned,
      slices: this.slices.length,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.endedAtMs,
      cancelRequested: this.cancelRequested,
      error: this.error,
    };
  }
}

function isFinal(state: DeviceState): boolean {
  return state !== 'pending' && state !== 'running';
}
