import type { CatalogStore, CatalogView, Clock, Log, RunId, RunRetention, Service, StartStop } from '@runyard/domain';
import { Rounds } from './rounds.ts';

export interface PrunerDependencies {
  readonly retention: RunRetention;
  readonly catalog: Pick<CatalogStore, 'view'>;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this process is the one that prunes. */
  readonly lead: () => Promise<boolean>;
}

const ROUND_MS = 5_000;
/** After a round that did not get to the end of what is over. */
const BUSY_ROUND_MS = 250;
const RUNS_AT_ONCE = 100;
/** Steps of a round by age and by number, each of so many runs: what a busy Runyard accepts meanwhile and more. */
const STEPS_MAX = 50;
/** Steps by age that go on though nothing was over: runs of services that keep longer hide the ones behind them. */
const IDLE_STEPS_MAX = 2;
const SERVICES_AT_ONCE = 200;
const ENTRIES_TIDIED = 500;

/**
 * Removes runs whose time is over: ended longer ago than their service keeps them, or beyond the number that it keeps.
 * One that another run started stays until that has ended too.
 * In steps of a hundred runs, each of which may be repeated or left unfinished. Goes round through all runs and
 * services, so that none of them hides another.
 */
export class Pruner implements StartStop {
  private readonly deps: PrunerDependencies;
  private readonly rounds: Rounds;
  private after: RunId | null = null;
  /** Service with which the next round goes on. */
  private nextService = 0;

  constructor(deps: PrunerDependencies) {
    this.deps = deps;
    this.rounds = new Rounds({ firstAfterMs: ROUND_MS, round: (signal) => this.round(signal) });
  }

  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(signal: AbortSignal): Promise<number> {
    try {
      return (await this.prune(signal)).complete ? ROUND_MS : BUSY_ROUND_MS;
    } catch (error) {
      this.deps.log.warn('pruning failed', { error });
      return ROUND_MS;
    }
  }

  /** One round. Gives how many runs went, and whether it got to the end of what is over. */
  async prune(signal?: AbortSignal): Promise<{ readonly removed: number; readonly complete: boolean }> {
    const { lead, catalog, retention, log } = this.deps;
    if (!(await lead())) return { removed: 0, complete: true };
    const byAge = await this.pruneByAge(signal);
    const view = await catalog.view();
    const byNumber = await this.pruneByNumber(view, signal);
    if (!signal?.aborted) await retention.tidy(view.names('service'), ENTRIES_TIDIED);
    const removed = byAge.removed + byNumber.removed;
    if (removed > 0) log.info('runs removed', { byAge: byAge.removed, byNumber: byNumber.removed });
    return { removed, complete: byAge.complete && byNumber.complete };
  }

  private async pruneByAge(signal?: AbortSignal) {
    const { retention, clock } = this.deps;
    const nowMs = clock.nowMs();
    let removed = 0;
    let idle = 0;
    for (let step = 0; step < STEPS_MAX && !signal?.aborted; step += 1) {
      const runs = await retention.oldest(this.after, RUNS_AT_ONCE);
      const over = runs.filter(({ keptUntilMs }) => keptUntilMs !== null && keptUntilMs <= nowMs);
      removed += await retention.remove(over.map(({ id }) => id));
      this.after = runs.length < RUNS_AT_ONCE ? null : (runs.at(-1)?.id ?? null);
      if (this.after === null) return { removed, complete: true };
      if (over.length === 0) idle += 1;
      if (idle >= IDLE_STEPS_MAX) return { removed, complete: true };
    }
    return { removed, complete: false };
  }

  /** As many as each service keeps now, whatever it said when its runs were accepted. */
  private async pruneByNumber(view: CatalogView, signal?: AbortSignal) {
    const services = view.names('service');
    let removed = 0;
    let steps = 0;
    const count = Math.min(SERVICES_AT_ONCE, services.length);
    for (let index = 0; index < count && !signal?.aborted; index += 1) {
      const service = view.get('service', services[this.nextService % services.length] ?? '')?.item;
      for (let gone = Infinity; service && gone > 0; steps += 1) {
        if (steps >= STEPS_MAX || signal?.aborted) return { removed, complete: false };
        gone = await this.pruneService(service);
        removed += gone;
      }
      this.nextService = (this.nextService + 1) % services.length;
    }
    return { removed, complete: true };
  }

  private async pruneService({ name, keep }: Service): Promise<number> {
    const { retention } = this.deps;
    const beyond = await retention.excess(name, keep.runs, RUNS_AT_ONCE);
    return beyond.length === 0 ? 0 : retention.remove(beyond);
  }
}
