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
  type ResultBatch,
  type RolloutProgress,
  type RunError,
  type RunEvent,
  type RunPause,
  type RunPlan,
  type RunRecord,
  type RunSpec,
  type RunState,
  transition,
} from '@runyard/domain';

/** One slice of a run in memory. The token grows with each claim; only its holder writes. */
export class MemorySlice {
  readonly cluster: string;
  readonly batch: number;
  readonly names: readonly string[];
  readonly rows: { state: DeviceState; result: DeviceResult | null }[];
  token = 0;
  owner: string | null = null;
  isReleased = true;
  /** It let the next one into the queue. */
  hasLetOn = false;
  readonly losses = new Map<number, number>();

  constructor({ cluster, names, batch = 0 }: NewSlice) {
    this.cluster = cluster;
    this.batch = batch;
    this.names = names;
    this.rows = names.map(() => ({ state: 'pending', result: null }));
  }

  /** Devices that an owner had in work who did not let go are counted as lost with it. */
  take(owner: string): void {
    if (this.owner !== null) {
      for (const [position, { state }] of this.rows.entries()) {
        if (state === 'running') this.losses.set(position, (this.losses.get(position) ?? 0) + 1);
      }
    }
    this.token += 1;
    this.owner = owner;
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
  pause: RunPause | null = null;
  pinned: string | null = null;
  /** How it ends when something else than cancel ordered its end. */
  stop: 'fail' | 'expire' | null = null;
  /** The revision of rights on which it was allowed. */
  rightsRevision: string | undefined;
  batch = 0;
  nextAtMs: number | null = null;
  private plan: RunPlan | null = null;
  private failuresMax: number | null = null;

  constructor(spec: RunSpec) {
    this.spec = spec;
    this.rightsRevision = spec.rightsRevision;
  }

  get isEnded(): boolean {
    return isTerminal(this.state);
  }

  setPlan(plan: RunPlan): void {
    this.slices = plan.slices.map((slice) => new MemorySlice(slice));
    this.inventory = plan.inventory ?? [];
    this.sliceParallel = plan.sliceParallel ?? null;
    this.plan = plan;
    this.failuresMax = plan.rollout?.failuresMax ?? null;
    for (const slice of this.slices) slice.isReleased = false;
    this.releaseBatch();
    this.planned = true;
    this.revision += 1;
  }

  /** Lets go as many slices of each cluster in the batch as the window allows. */
  private releaseBatch(): void {
    const queued = new Map<string, number>();
    for (const slice of this.slices) {
      if (slice.batch !== this.batch) continue;
      const count = (queued.get(slice.cluster) ?? 0) + 1;
      queued.set(slice.cluster, count);
      slice.isReleased = count <= (this.plan?.window ?? Infinity);
    }
  }

  setPause(pause: RunPause | null): void {
    if (this.isEnded || (pause === null) === (this.pause === null)) return;
    if (this.pause?.by === 'rollout' && this.failuresMax !== null) this.failuresMax += this.failures();
    this.pause = pause;
    this.revision += 1;
  }

  /** Looks at the failures of a rollout, as each write of results does. */
  judgeFailures(nowMs: number): void {
    const { rollout } = this.plan ?? {};
    if (!rollout || this.failuresMax === null || this.failures() <= this.failuresMax) return;
    if (this.cancelRequested || this.pause) return;
    const { total } = this.counts();
    const reason = `${this.failures()} of ${total} devices failed; the rollout allows ${this.failuresMax}.`;
    if (rollout.onBreach === 'pause') this.pause = { atMs: nowMs, by: 'rollout', reason };
    else {
      this.cancelRequested = true;
      this.stop = 'fail';
      this.error = { code: 'ROLLOUT_STOPPED', message: reason };
    }
  }

  private failures(): number {
    const { failed, unknown } = this.counts();
    return failed + unknown;
  }

  /** Milliseconds until the next batch, when the one in work has just ended; else null. */
  endBatch(nowMs: number): number | null {
    const { rollout } = this.plan ?? {};
    if (!rollout || this.cancelRequested || this.isEnded || this.nextAtMs !== null) return null;
    const current = this.slices.filter(({ batch }) => batch <= this.batch);
    if (current.length === this.slices.length || !current.every(({ isDone }) => isDone)) return null;
    this.nextAtMs = nowMs + rollout.soakMs;
    return rollout.soakMs;
  }

  nextBatch(after: number, nowMs: number): boolean {
    if (this.isEnded || this.cancelRequested || this.pause || after !== this.batch) return false;
    if (this.nextAtMs === null || this.nextAtMs > nowMs) return false;
    this.batch += 1;
    this.nextAtMs = null;
    this.revision += 1;
    this.releaseBatch();
    return true;
  }

  private progress(): RolloutProgress | null {
    if (!this.plan?.rollout) return null;
    return { batch: this.batch, batches: this.plan.rollout.sizes.length, nextAtMs: this.nextAtMs };
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

  setRows(
    slice: MemorySlice,
    { started, returned = [], waiting = [], results, log }: ResultBatch,
    nowMs: number,
  ): void {
    for (const position of started) this.setRow(slice, position, 'running', null);
    for (const position of [...returned, ...waiting]) this.setRow(slice, position, 'pending', null);
    for (const { position, result } of results) this.setRow(slice, position, result.state, result);
    this.log.push(...log);
    this.noteWaiting(waiting.length > 0, nowMs);
  }

  setRow(slice: MemorySlice, position: number, state: DeviceState, result: DeviceResult | null): void {
    const row = slice.rows[position];
    if (!row || isFinal(row.state)) return;
    row.state = state;
    row.result = result;
    if (result) this.results.push(result);
    this.revision += 1;
  }

  /** It waits while no device is in work and some wait for something long. */
  private noteWaiting(anyWaits: boolean, nowMs: number): void {
    const { running } = this.counts();
    if (this.state === 'running' && anyWaits && running === 0) this.apply('wait', nowMs);
    else if (this.state === 'waiting' && running > 0) this.apply('start', nowMs);
  }

  /** The next slice of the cluster that waits, once for each that is done or whose devices all wait. */
  releaseNext(from: MemorySlice): number | null {
    if (from.hasLetOn || this.cancelRequested) return null;
    const next = this.slices.findIndex(
      (slice) => slice.cluster === from.cluster && slice.batch === this.batch && !slice.isReleased,
    );
    const slice = this.slices[next];
    if (!slice) return null;
    slice.isReleased = true;
    from.hasLetOn = true;
    return next;
  }

  endWhenDone(nowMs: number): void {
    if (this.planned && !this.isEnded && this.slices.every((slice) => slice.isDone)) {
      const event = endingEvent(this.state, this.counts());
      this.apply(event === 'fail' ? (this.stop ?? event) : event, nowMs);
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
      pause: this.pause,
      rollout: this.progress(),
      error: this.error,
    };
  }
}

function isFinal(state: DeviceState): boolean {
  return state !== 'pending' && state !== 'running';
}
