import { createdAtUsOf, type RunId, type RunRetention } from '@runyard/domain';
import type { MemoryRunStore } from './memory-run-store.ts';

const DAY_MS = 86_400_000;

/** How long the runs of a store in memory are kept. Its lists are made from the records, so none is ever wrong. */
export class MemoryRunRetention implements RunRetention {
  private readonly runs: MemoryRunStore['records'];
  /** Creation times of runs that went: a page may begin after one of them. */
  private readonly gone = new Map<RunId, number>();

  constructor({ records }: MemoryRunStore) {
    this.runs = records;
  }

  async excess(service: string, keptRuns: number, limit: number): Promise<readonly RunId[]> {
    const ofService = this.inOrder().filter(({ spec }) => spec.service === service);
    return ofService
      .slice(0, Math.max(0, ofService.length - keptRuns))
      .filter(({ spec }) => this.mayGo(spec.id))
      .slice(0, limit)
      .map(({ spec }) => spec.id);
  }

  async oldest(
    after: RunId | null,
    limit: number,
  ): Promise<readonly { readonly id: RunId; readonly keptUntilMs: number | null }[]> {
    const afterUs = after === null ? 0 : this.createdAtUs(after);
    return this.inOrder()
      .filter(({ spec }) => spec.createdAtUs > afterUs)
      .slice(0, limit)
      .map(({ spec, endedAtMs }) => ({
        id: spec.id,
        keptUntilMs: endedAtMs === null || !this.mayGo(spec.id) ? null : endedAtMs + spec.keep.days * DAY_MS,
      }));
  }

  async remove(runIds: readonly RunId[]): Promise<number> {
    for (const id of runIds) this.gone.set(id, this.createdAtUs(id));
    return runIds.filter((id) => this.mayGo(id) && this.runs.delete(id)).length;
  }

  tidy(): Promise<number> {
    return Promise.resolve(0);
  }

  private mayGo(id: RunId): boolean {
    const run = this.runs.get(id);
    return run?.isEnded !== false && this.runs.get(run?.spec.parent?.runId ?? '')?.isEnded !== false;
  }

  private createdAtUs(id: RunId): number {
    return this.runs.get(id)?.spec.createdAtUs ?? this.gone.get(id) ?? createdAtUsOf(id);
  }

  private inOrder() {
    return [...this.runs.values()].sort((a, b) => a.spec.createdAtUs - b.spec.createdAtUs);
  }
}
