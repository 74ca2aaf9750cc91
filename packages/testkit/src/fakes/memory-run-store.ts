import {
  AppError,
  type Clock,
  type DeviceResult,
  type DeviceRow,
  type DeviceState,
  type LogLine,
  type OpenSlice,
  type Page,
  type RecordAnswer,
  type ResultBatch,
  type RunError,
  type RunFilter,
  type RunId,
  type RunPlan,
  type RunRecord,
  type RunSpec,
  type RunState,
  type RunStore,
  type RunTargets,
  type SliceClaim,
  type SliceRef,
} from '@runyard/domain';
import { MemoryRun } from './memory-run.ts';

export interface MemoryRunStoreOptions {
  readonly clock: Clock;
  /** Called after each change of a run, as the real store publishes it. */
  readonly onChange?: (runId: RunId) => void;
}

/** The run store in memory, true to the port; passes the same conformance suite as the real one. */
export class MemoryRunStore implements RunStore {
  private readonly clock: Clock;
  private readonly onChange: (runId: RunId) => void;
  private readonly runs = new Map<RunId, MemoryRun>();

  constructor({ clock, onChange = () => undefined }: MemoryRunStoreOptions) {
    this.clock = clock;
    this.onChange = onChange;
  }

  async accept(spec: RunSpec, plan: RunPlan | null, _catalogRevision?: number): Promise<'written' | 'catalog-moved'> {
    if (this.runs.has(spec.id)) return 'written';
    const run = new MemoryRun(spec);
    if (plan) run.setPlan(plan);
    this.runs.set(spec.id, run);
    return 'written';
  }

  async targets(runId: RunId): Promise<RunTargets | null> {
    return this.runs.get(runId)?.spec.targets ?? null;
  }

  async plan(runId: RunId, plan: RunPlan): Promise<'written' | 'planned' | 'ended'> {
    const run = this.runs.get(runId);
    if (!run || run.isEnded) return 'ended';
    if (run.planned) return 'planned';
    run.setPlan(plan);
    this.onChange(runId);
    return 'written';
  }

  async fail(runId: RunId, error: RunError): Promise<void> {
    const run = this.runs.get(runId);
    if (!run || run.isEnded) return;
    run.error = error;
    run.apply('fail', this.clock.nowMs());
    this.onChange(runId);
  }

  async get(runId: RunId): Promise<RunRecord | null> {
    return this.runs.get(runId)?.toRecord() ?? null;
  }

  async findByRuntime(createdAtUs: number): Promise<RunId | null> {
    return [...this.runs.values()].find(({ spec }) => spec.createdAtUs === createdAtUs)?.spec.id ?? null;
  }

  async list(filter: RunFilter, cursor: string | null, limit: number): Promise<Page<RunRecord>> {
    const newest = [...this.runs.values()].sort((a, b) => b.spec.createdAtUs - a.spec.createdAtUs);
    const page = pageOf(
      newest.filter((run) => isListed(run, filter)),
      cursor,
      limit,
    );
    return { items: page.items.map((run) => run.toRecord()), cursor: page.cursor };
  }

  async devices(
    runId: RunId,
    state: DeviceState | null,
    cursor: string | null,
    limit: number,
  ): Promise<Page<DeviceRow>> {
    const rows = this.runs.get(runId)?.rows() ?? [];
    return pageOf(state === null ? rows : rows.filter((row) => row.state === state), cursor, limit);
  }

  async device(runId: RunId, name: string): Promise<DeviceRow | null> {
    return (
      this.runs
        .get(runId)
        ?.rows()
        .find((row) => row.name === name) ?? null
    );
  }

  async resultsSince(runId: RunId, sequence: number, limit: number): Promise<readonly DeviceResult[]> {
    return this.runs.get(runId)?.results.slice(sequence, sequence + limit) ?? [];
  }

  async log(runId: RunId, cursor: string | null, limit: number): Promise<Page<LogLine>> {
    return pageOf(this.runs.get(runId)?.log ?? [], cursor, limit);
  }

  async claim({ runId, slice: index }: SliceRef, owner: string): Promise<SliceClaim | 'done' | 'gone'> {
    const run = this.runs.get(runId);
    const slice = run?.slices[index];
    if (!run || !slice) return 'gone';
    if (run.isEnded || slice.isDone) return 'done';
    if (slice.owner !== null) {
      for (const [position, { state }] of slice.rows.entries()) {
        if (state === 'running') slice.losses.set(position, (slice.losses.get(position) ?? 0) + 1);
      }
    }
    slice.token += 1;
    slice.owner = owner;
    if (run.apply('start', this.clock.nowMs())) this.onChange(runId);
    return {
      spec: run.spec,
      token: slice.token,
      cluster: slice.cluster,
      first: run.slices.slice(0, index).reduce((sum, { names }) => sum + names.length, 0),
      names: slice.names,
      states: slice.rows.map(({ state }) => state),
      inventory: run.inventory,
      runStartedAtMs: run.startedAtMs ?? this.clock.nowMs(),
      cancelRequested: run.cancelRequested,
      parallel: run.sliceParallel,
      isTakenOver: slice.token > 1,
      losses: new Map(slice.losses),
    };
  }

  async record({ runId, slice: index }: SliceRef, claim: SliceClaim, batch: ResultBatch): Promise<RecordAnswer> {
    const run = this.runs.get(runId);
    const slice = run?.slices[index];
    if (!run || !slice) return { owned: false, cancelRequested: true, runState: 'expired', nextSlice: null };
    const owned = slice.token === claim.token && !run.isEnded;
    const wasDone = slice.isDone;
    if (owned) {
      for (const position of batch.started) run.setRow(slice, position, 'running', null);
      for (const position of batch.returned ?? []) run.setRow(slice, position, 'pending', null);
      for (const { position, result } of batch.results) run.setRow(slice, position, result.state, result);
      run.log.push(...batch.log);
      run.endWhenDone(this.clock.nowMs());
      this.onChange(runId);
    }
    const nextSlice = owned && !wasDone ? run.releaseNext(slice) : null;
    return { owned, cancelRequested: run.cancelRequested, runState: run.state, nextSlice };
  }

  async letGo({ runId, slice: index }: SliceRef, claim: SliceClaim): Promise<void> {
    const slice = this.runs.get(runId)?.slices[index];
    if (slice?.token === claim.token) slice.owner = null;
  }

  async requestCancel(runId: RunId): Promise<RunState | null> {
    const run = this.runs.get(runId);
    if (!run) return null;
    if (!run.isEnded) {
      run.cancelRequested = true;
      run.apply('cancel', this.clock.nowMs());
      // Without slices there is nobody who could end it later.
      if (!run.planned) run.apply('finish-cancel', this.clock.nowMs());
      this.onChange(runId);
    }
    return run.state;
  }

  async isCancelRequested(runIds: readonly RunId[]): Promise<readonly boolean[]> {
    return runIds.map((runId) => this.runs.get(runId)?.cancelRequested ?? false);
  }

  async openSlices(runId: RunId): Promise<readonly OpenSlice[]> {
    return (this.runs.get(runId)?.slices ?? [])
      .map((slice, index) => {
        const { cluster, owner, isReleased } = slice;
        return { slice, ref: { runId, slice: index, cluster, owner, isReleased } };
      })
      .filter(({ slice }) => !slice.isDone)
      .map(({ ref }) => ref);
  }

  /** The lists are made from the records each time, so there is nothing to mend. */
  reindex(): Promise<void> {
    return Promise.resolve();
  }

  async openRuns(beforeMs: number, limit: number, after: RunId | null = null): Promise<readonly RunId[]> {
    const afterUs = after === null ? 0 : (this.runs.get(after)?.spec.createdAtUs ?? 0);
    return [...this.runs.values()]
      .filter((run) => !run.isEnded && run.spec.createdAtUs < beforeMs * 1_000 && run.spec.createdAtUs > afterUs)
      .sort((a, b) => a.spec.createdAtUs - b.spec.createdAtUs)
      .slice(0, limit)
      .map(({ spec }) => spec.id);
  }
}

function isListed({ spec, state }: MemoryRun, filter: RunFilter): boolean {
  if (filter.service !== undefined && spec.service !== filter.service) return false;
  if (filter.state !== undefined && state !== filter.state) return false;
  if (filter.sinceMs !== undefined && spec.createdAtUs < filter.sinceMs * 1_000) return false;
  if (filter.label === undefined) return true;
  return Object.entries(spec.labels ?? {}).some(([key, value]) => `${key}=${value}` === filter.label);
}

function pageOf<Item>(all: readonly Item[], cursor: string | null, limit: number): Page<Item> {
  if (cursor !== null && !/^\d{1,15}$/.test(cursor)) {
    throw new AppError('CURSOR_INVALID', 'The cursor was not given out by this list.');
  }
  const first = Number(cursor ?? 0);
  const next = first + limit;
  return { items: all.slice(first, next), cursor: next < all.length ? String(next) : null };
}
