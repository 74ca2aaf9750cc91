import type { AccessView, CatalogStore, Clock } from '@runyard/domain';

const FRESH_MS = 1_000;

/**
 * Who may do what, never older than a second: a look at the catalog that is newer is used again, so that most calls wait
 * for nothing.
 */
export class RecentAccess {
  private readonly catalog: Pick<CatalogStore, 'view' | 'lastView'>;
  private readonly clock: Clock;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<AccessView> | undefined;

  constructor(catalog: Pick<CatalogStore, 'view' | 'lastView'>, clock: Clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  /** Rejects with STORE_UNAVAILABLE when it had to ask. */
  view(): AccessView | Promise<AccessView> {
    const last = this.catalog.lastView();
    const ageMs = this.clock.nowMs() - this.lookedAtMs;
    if (last !== null && ageMs >= 0 && ageMs < FRESH_MS) return last;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async look(): Promise<AccessView> {
    // Before the question: a change that comes during it may be missed by the answer.
    const askedAtMs = this.clock.nowMs();
    const view = await this.catalog.view();
    this.lookedAtMs = askedAtMs;
    return view;
  }
}
