import {
  AppError,
  type AuditLog,
  type Clock,
  type DeviceResult,
  type DeviceRow,
  type DeviceState,
  type LogLine,
  type NewAuditEntry,
  type OpenSlice,
  type Page,
  type RecordAnswer,
  type ResultBatch,
  type RunError,
  type RunFilter,
  type RunId,
  type RunPause,
  type RunPlan,
  type RunRecord,
  type RunSpec,
  type RunState,
  type RunStore,
  type RunTargets,
  type SliceClaim,
  type SliceOrders,
  type SliceRef,
  transition,
} from '@runyard/domain';
import { MemoryRun } from './memory-run.ts';

export interface MemoryRunStoreOptions {
  readonly clock: Clock;
  /** Called after each change of a run, as the real store publishes it. */
  readonly onChange?: (runId: RunId) => void;
  /** The revision of rights as it is now. */
  readonly rightsRevision?: () => string;
  /** Where entries of the audit log go. */
  readonly audit?: AuditLog;
}

/** The run store in memory, true to the port; passes the same conformance suite as the real one. */
export class MemoryRunStore implements RunStore {
  private readonly clock: Clock;
  private readonly onChange: (runId: RunId) => void;
  private readonly rightsRevision: () => string;
  private readonly audit: AuditLog | undefined;
  private readonly runs = new Map<RunId, MemoryRun>();
  private readonly due = new Map<RunId, number>();

  constructor({ clock, onChange = () => undefined, rightsRevision = () => '', audit }: MemoryRunStoreOptions) {
    this.clock = clock;
    this.onChange = onChange;
    this.rightsRevision = rightsRevision;
    this.audit = audit;
  }

  /** The runs themselves, for the fakes of other ports over the same ones. */
  get records(): Map<RunId, MemoryRun> {
    return this.runs;
  }

  async accept(
    spec: RunSpec,
    plan: RunPlan | null,
    _catalogRevision?: number,
    audited?: NewAuditEntry,
  ): Promise<'written' | 'catalog-moved'> {
    if (this.runs.has(spec.id)) return 'written';
    if (audited) await this.audit?.append(audited);
    const run = new MemoryRun(spec);
    if (plan) run.setPlan(plan);
    this.runs.set(spec.id, run);
    const dueAtMs = Math.min(spec.startByMs ?? Infinity, spec.deadlineMs ?? Infinity);
    if (dueAtMs < Infinity) this.due.set(spec.id, dueAtMs);
    return 'written';
  }

  async targets(runId: RunId): Promise<RunTargets | null> {
    return this.runs.get(runId)?.spec.targets ?? null;
  }

  async plan(runId: RunId, plan: RunPlan, rightsRevision?: string): Promise<'written' | 'planned' | 'ended'> {
    const run = this.runs.get(runId);
    if (!run || run.isEnded) return 'ended';
    if (run.planned) return 'planned';
    run.setPlan(plan);
    run.rightsRevision = rightsRevision ?? run.rightsRevision;
    this.onChange(runId);
    return 'written';
  }

  async fail(runId: RunId, error: RunError, as: 'failed' | 'denied' = 'failed'): Promise<void> {
    const run = this.runs.get(runId);
    if (!run || run.isEnded) return;
    const event = as === 'denied' ? 'deny' : 'fail';
    if (!run.apply(event, this.clock.nowMs()) && !run.apply('finish-cancel', this.clock.nowMs())) return;
    run.error = error;
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

  async claim(
    { runId, slice: index }: SliceRef,
    owner: string,
    rightsRevision?: string,
  ): ReturnType<RunStore['claim']> {
    const run = this.runs.get(runId);
    const slice = run?.slices[index];
    if (!run || !slice) return 'gone';
    if (run.isEnded || slice.isDone) return 'done';
    if (run.pause && !run.cancelRequested) return 'paused';
    if (run.state === 'queued' && run.rightsRevision !== undefined) {
      const now = this.rightsRevision();
      if (now !== run.rightsRevision && now !== rightsRevision) return 'unchecked';
    }
    slice.take(owner);
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
    if (!run || !slice) return NOTHING_WRITTEN;
    const owned = slice.token === claim.token && !run.isEnded;
    const wasDone = slice.isDone;
    let soakMs: number | null = null;
    if (owned) {
      const nowMs = this.clock.nowMs();
      run.setRows(slice, batch, nowMs);
      run.judgeFailures(nowMs);
      run.endWhenDone(nowMs);
      soakMs = run.endBatch(nowMs);
      this.onChange(runId);
    }
    const nextSlice = owned && (batch.allWait || (slice.isDone && !wasDone)) ? run.releaseNext(slice) : null;
    return {
      owned,
      cancelRequested: run.cancelRequested,
      runState: run.state,
      nextSlice,
      paused: run.pause !== null,
      ended: owned && run.isEnded,
      soakMs,
    };
  }

  async letGo({ runId, slice: index }: SliceRef, claim: SliceClaim): Promise<{ readonly paused: boolean }> {
    const run = this.runs.get(runId);
    const slice = run?.slices[index];
    if (slice?.token === claim.token) slice.owner = null;
    return { paused: run !== undefined && run.pause !== null && !run.cancelRequested };
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

  async orders(slices: readonly (SliceRef & { readonly token: number })[]): Promise<readonly SliceOrders[]> {
    return slices.map(({ runId, slice, token }) => {
      const run = this.runs.get(runId);
      return {
        owned: run?.slices[slice]?.token === token,
        cancelRequested: run?.cancelRequested ?? false,
        paused: (run?.pause ?? null) !== null,
      };
    });
  }

  async pin(runId: RunId, text: string): Promise<string> {
    const run = this.runs.get(runId);
    if (!run) return text;
    run.pinned ??= text;
    return run.pinned;
  }

  async setPause(runId: RunId, pause: RunPause | null): Promise<RunState | null> {
    const run = this.runs.get(runId);
    run?.setPause(pause);
    if (run) this.onChange(runId);
    return run?.state ?? null;
  }

  async expire(runId: RunId, error: RunError): Promise<'ended' | 'ending' | 'left'> {
    const run = this.runs.get(runId);
    if (!run || run.cancelRequested || transition(run.state, 'expire') === null) return 'left';
    run.error = error;
    if (run.state === 'queued') run.apply('expire', this.clock.nowMs());
    else {
      run.cancelRequested = true;
      run.stop = 'expire';
      run.revision += 1;
    }
    this.onChange(runId);
    return run.isEnded ? 'ended' : 'ending';
  }

  async dueRuns(nowMs: number, limit: number): Promise<readonly RunId[]> {
    const due = [...this.due].filter(([, dueAtMs]) => dueAtMs <= nowMs).sort(([, a], [, b]) => a - b);
    return due.slice(0, limit).map(([runId]) => runId);
  }

  async setDue(runId: RunId, dueAtMs: number | null): Promise<void> {
    if (dueAtMs === null) this.due.delete(runId);
    else this.due.set(runId, dueAtMs);
  }

  async nextBatch(runId: RunId, batch: number): Promise<boolean> {
    const begun = this.runs.get(runId)?.nextBatch(batch, this.clock.nowMs()) ?? false;
    if (begun) this.onChange(runId);
    return begun;
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

const NOTHING_WRITTEN: RecordAnswer = {
  owned: false,
  cancelRequested: true,
  runState: 'expired',
  nextSlice: null,
  paused: false,
  ended: false,
  soakMs: null,
};

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
