import type {
  Page,
  RunId,
  SliceClaim,
  SliceRef,
  StepRecord,
  StepRef,
  StepRow,
  StepState,
  StepStore,
} from '@runyard/domain';
import type { MemoryRun } from './memory-run.ts';

export interface MemoryStepStoreOptions {
  /** The runs whose slices are owned, as the run store in memory has them. */
  readonly records: ReadonlyMap<RunId, MemoryRun>;
  readonly onChange?: (runId: RunId) => void;
}

/** Steps of workflows in memory. */
export class MemoryStepStore implements StepStore {
  private readonly options: MemoryStepStoreOptions;
  private readonly rows = new Map<RunId, Map<string, StepRow>>();

  constructor(options: MemoryStepStoreOptions) {
    this.options = options;
  }

  async read(runId: RunId, device: string, steps: readonly string[]): Promise<ReadonlyMap<string, StepRecord>> {
    const rows = this.rows.get(runId);
    const found = steps.map((step) => [step, rows?.get(keyOf({ device, step }))?.record] as const);
    return new Map(found.filter((entry): entry is readonly [string, StepRecord] => entry[1] !== undefined));
  }

  async write({ runId, slice }: SliceRef, claim: SliceClaim, ref: StepRef, record: StepRecord): Promise<boolean> {
    if (this.options.records.get(runId)?.slices[slice]?.token !== claim.token) return false;
    this.put(ref, record);
    return true;
  }

  async change(ref: StepRef, from: StepState, record: StepRecord): Promise<boolean> {
    if (this.rows.get(ref.runId)?.get(keyOf(ref))?.record.state !== from) return false;
    this.put(ref, record);
    const run = this.options.records.get(ref.runId);
    if (run) run.revision += 1;
    this.options.onChange?.(ref.runId);
    return true;
  }

  async list(runId: RunId, cursor: string | null, limit: number): Promise<Page<StepRow>> {
    const all = [...(this.rows.get(runId)?.values() ?? [])];
    const first = Number(cursor ?? 0);
    const next = first + limit;
    return { items: all.slice(first, next), cursor: next < all.length ? String(next) : null };
  }

  private put({ runId, device, step }: StepRef, record: StepRecord): void {
    const rows = this.rows.get(runId) ?? new Map<string, StepRow>();
    this.rows.set(runId, rows.set(keyOf({ device, step }), { device, step, record }));
  }
}

function keyOf({ device, step }: Omit<StepRef, 'runId'>): string {
  return `${device}\n${step}`;
}
