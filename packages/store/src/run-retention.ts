import {
  createdAtUsOf,
  isTerminal,
  RUN_STATES,
  type RunId,
  type RunRetention,
  type RunSpec,
  type RunState,
} from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import { DAY_MS, KEEP_SPARE_MS } from './keep-time.ts';
import type { Keys } from './keys.ts';
import { ListTidier, LOST_AFTER_MS } from './list-tidier.ts';
import { known } from './store-errors.ts';

export interface RunRetentionOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly nowMs: () => number;
}

const RUNS_AT_ONCE = 100;
/** Specs read together: one may hold a megabyte of params. */
const SPECS_AT_ONCE = 10;
/** Runs at the old end of a service's list that may not go yet are passed over: so many times `limit`. */
const WINDOWS_MAX = 10;
const ENDED_STATES = RUN_STATES.filter(isTerminal);

/** How long runs are kept, in Redis. Every command touches at most a hundred runs and waits for no large key. */
export function createRunRetention(options: RunRetentionOptions): RunRetention {
  const retention = new RedisRunRetention(options);
  const tidier = new ListTidier(options);
  return {
    excess: (service, keptRuns, limit) => known(retention.excess(service, keptRuns, limit)),
    oldest: (after, limit) => known(retention.oldest(after, limit)),
    remove: (runIds) => known(retention.remove(runIds)),
    tidy: (services, limit) => known(tidier.tidy(services, limit)),
  };
}

class RedisRunRetention {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly nowMs: () => number;

  constructor({ connection, keys, nowMs }: RunRetentionOptions) {
    this.connection = connection;
    this.keys = keys;
    this.nowMs = nowMs;
  }

  async excess(service: string, keptRuns: number, limit: number): Promise<readonly RunId[]> {
    const list = this.keys.runsOfService(service);
    const beyond = (await this.connection.zcard(list)) - keptRuns;
    const ended: RunId[] = [];
    for (let first = 0; first < Math.min(beyond, WINDOWS_MAX * limit) && ended.length < limit; first += limit) {
      const ids = await this.connection.zrange(list, `${first}`, `${Math.min(beyond, first + limit) - 1}`);
      const isOver = await Promise.all(
        ids.map(async (id) => {
          const [state, parent] = await this.connection.hmget(this.keys.run(id).record, 'state', 'parent');
          return state && isTerminal(state as RunState) && !(await this.isOpen(parent));
        }),
      );
      ended.push(...ids.filter((_, index) => isOver[index]));
    }
    return ended.slice(0, limit);
  }

  /** How long a record still lives tells how long it is kept. */
  async oldest(
    after: RunId | null,
    limit: number,
  ): Promise<readonly { readonly id: RunId; readonly keptUntilMs: number | null }[]> {
    const first = after === null ? '-inf' : `(${createdAtUsOf(after)}`;
    const found = await this.connection.zrangebyscore(this.keys.runs, first, '+inf', 'WITHSCORES', 'LIMIT', 0, limit);
    const nowMs = this.nowMs();
    return Promise.all(
      Array.from({ length: found.length / 2 }, async (_, index) => {
        const id = found[index * 2] ?? '';
        const acceptedAtMs = Number(found[index * 2 + 1]) / 1_000;
        return { id, keptUntilMs: await this.keptUntilMs(id, acceptedAtMs, nowMs) };
      }),
    );
  }

  private async keptUntilMs(id: RunId, acceptedAtMs: number, nowMs: number): Promise<number | null> {
    const { record } = this.keys.run(id);
    const [[state, parent], lifeMs] = await Promise.all([
      this.connection.hmget(record, 'state', 'parent'),
      this.connection.pttl(record),
    ]);
    // In a Cluster an id is in the lists a moment before its record is there.
    if (!state) return nowMs - acceptedAtMs > LOST_AFTER_MS ? 0 : null;
    if (!isTerminal(state as RunState) || (await this.isOpen(parent))) return null;
    return lifeMs >= 0 ? nowMs + lifeMs - KEEP_SPARE_MS : this.keptBySpec(record);
  }

  /** The run above looks at this one when it gets to it, or a worker that takes it over does. */
  private async isOpen(parent: RunId | null | undefined): Promise<boolean> {
    if (!parent) return false;
    const state = await this.connection.hget(this.keys.run(parent).record, 'state');
    return state !== null && !isTerminal(state as RunState);
  }

  /** For a record that nobody gave an end to its life. */
  private async keptBySpec(record: string): Promise<number> {
    const [ended, spec] = await this.connection.hmget(record, 'ended', 'spec');
    if (!ended || !spec) return 0;
    return Number(ended) + (JSON.parse(spec) as RunSpec).keep.days * DAY_MS;
  }

  /**
   * The list of all runs comes last: a crash before it leaves the id there, so that the next round finds it and goes on.
   */
  async remove(runIds: readonly RunId[]): Promise<number> {
    let removed = 0;
    for (let first = 0; first < runIds.length; first += RUNS_AT_ONCE) {
      removed += await this.removeSome(runIds.slice(first, first + RUNS_AT_ONCE));
    }
    return removed;
  }

  private async removeSome(runIds: readonly RunId[]): Promise<number> {
    const { connection, keys } = this;
    const { ended, lists } = await this.endedWithLists(await this.withoutUntold(runIds));
    if (ended.length === 0) return 0;
    for (const [list, ids] of lists) await connection.zrem(list, ...ids);
    const telling = await connection.zmscore(keys.deliveries, ...ended);
    await Promise.all(
      ended.map((id, index) => {
        const { record, rows, outputs, log, deliveries, steps, tree } = keys.run(id);
        // What receivers are still told goes by itself, a day after they were told or given up at the latest.
        const told = telling[index] === null ? [deliveries] : [];
        return connection.unlink(record, rows, outputs, log, steps, tree, ...told);
      }),
    );
    const everywhere = [
      ...ENDED_STATES.map((state) => keys.runsInState(state)),
      keys.openRuns,
      keys.dueRuns,
      keys.runs,
    ];
    for (const list of everywhere) await connection.zrem(list, ...ended);
    return ended.length;
  }

  /** Whoever is told of a run gets what its record says: it stays until that is written down, moments after its end. */
  private async withoutUntold(runIds: readonly RunId[]): Promise<readonly RunId[]> {
    const { connection, keys } = this;
    const enlisted = await connection.zmscore(keys.deliveries, ...runIds);
    const isFree = await Promise.all(
      runIds.map(async (id, index) => {
        const run = keys.run(id);
        if (enlisted[index] === null || (await connection.exists(run.deliveries)) === 1) return true;
        return (await connection.exists(run.record)) === 0;
      }),
    );
    return runIds.filter((_, index) => isFree[index]);
  }

  /** Those of the runs that may go, or have no record, and the lists that only their records tell. */
  private async endedWithLists(
    runIds: readonly RunId[],
  ): Promise<{ readonly ended: readonly RunId[]; readonly lists: ReadonlyMap<string, RunId[]> }> {
    const ended: RunId[] = [];
    const lists = new Map<string, RunId[]>();
    for (let first = 0; first < runIds.length; first += SPECS_AT_ONCE) {
      const ids = runIds.slice(first, first + SPECS_AT_ONCE);
      const records = await Promise.all(
        ids.map(async (id) => {
          const { record } = this.keys.run(id);
          const [state, spec, parent] = await this.connection.hmget(record, 'state', 'spec', 'parent');
          return { state, spec, isAwaited: await this.isOpen(parent) };
        }),
      );
      for (const [index, { state, spec, isAwaited }] of records.entries()) {
        const id = ids[index] ?? '';
        if (isAwaited || (state && !isTerminal(state as RunState))) continue;
        ended.push(id);
        for (const list of spec ? this.listsOf(JSON.parse(spec) as RunSpec) : []) {
          const known = lists.get(list);
          if (known) known.push(id);
          else lists.set(list, [id]);
        }
      }
    }
    return { ended, lists };
  }

  private listsOf({ service, labels = {} }: RunSpec): string[] {
    const byLabel = Object.entries(labels).map(([key, value]) => this.keys.runsWithLabel(`${key}=${value}`));
    return [this.keys.runsOfService(service), ...byLabel];
  }
}
