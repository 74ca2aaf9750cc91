import type { Delivery, DeliveryStore, RunDeliveries, RunId } from '@runyard/domain';

/** Deliveries in memory. `enlist` stands for what the run store does when it accepts a run with receivers. */
export class MemoryDeliveryStore implements DeliveryStore {
  /** When each run is to be looked at. */
  readonly due = new Map<RunId, number>();
  private readonly begun = new Map<RunId, RunDeliveries>();

  enlist(runId: RunId, atMs: number): void {
    this.due.set(runId, atMs);
  }

  take(nowMs: number, untilMs: number, limit: number): Promise<readonly RunId[]> {
    const ids = [...this.due]
      .filter(([, atMs]) => atMs <= nowMs)
      .sort(([, a], [, b]) => a - b)
      .slice(0, limit)
      .map(([id]) => id);
    for (const id of ids) this.due.set(id, untilMs);
    return Promise.resolve(ids);
  }

  hasten(runId: RunId): Promise<void> {
    if (this.due.has(runId)) this.due.set(runId, 0);
    return Promise.resolve();
  }

  putBack(runId: RunId, takenUntilMs: number, nextMs: number | null): Promise<void> {
    if (this.due.get(runId) !== takenUntilMs) return Promise.resolve();
    if (nextMs === null) this.due.delete(runId);
    else this.due.set(runId, nextMs);
    return Promise.resolve();
  }

  read(runId: RunId): Promise<RunDeliveries | null> {
    return Promise.resolve(this.begun.get(runId) ?? null);
  }

  begin(runId: RunId, begun: RunDeliveries): Promise<void> {
    if (!this.begun.has(runId)) this.begun.set(runId, begun);
    return Promise.resolve();
  }

  save(runId: RunId, delivery: Delivery): Promise<void> {
    this.change(runId, ({ deliveries, ...rest }) => ({
      ...rest,
      deliveries: deliveries.map((known) => (known.id === delivery.id ? delivery : known)),
    }));
    return Promise.resolve();
  }

  settle(runId: RunId): Promise<void> {
    this.change(runId, (begun) => ({ ...begun, run: '' }));
    return Promise.resolve();
  }

  private change(runId: RunId, change: (begun: RunDeliveries) => RunDeliveries): void {
    const begun = this.begun.get(runId);
    if (begun) this.begun.set(runId, change(begun));
  }
}
