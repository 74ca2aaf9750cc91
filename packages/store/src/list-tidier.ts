import { isTerminal, RUN_STATES } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { LABEL_UNUSED_MS } from './run-labels.ts';

const FORGET_LABEL = loadScript(new URL('./lua/forget-label-2.lua', import.meta.url));

/** An id in a list whose record is not there after this time has none any more, rather than none yet. */
export const LOST_AFTER_MS = 60_000;
const LABELS_AT_ONCE = 100;
/** Lists looked at in one step; most lists of labels are short. */
const LISTS_AT_ONCE_MAX = 100;

/**
 * Walks the lists of states, services and labels, some entries at a time, and takes out ids whose record expired while
 * nobody pruned. The place where it stopped is in memory: whoever leads next begins anew.
 */
export class ListTidier {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly nowMs: () => number;
  private lists: { readonly list: string; readonly label?: string }[] = [];
  private labelsSeen = 0;
  /** Score of the last entry looked at in the first list. */
  private after = '-inf';

  constructor({ connection, keys, nowMs }: { connection: RedisConnection; keys: Keys; nowMs: () => number }) {
    this.connection = connection;
    this.keys = keys;
    this.nowMs = nowMs;
    defineScripts(connection, [FORGET_LABEL]);
  }

  async tidy(services: readonly string[], limit: number): Promise<number> {
    if (this.lists.length === 0) await this.nextLists(services);
    let left = limit;
    let gone = 0;
    for (let lists = 0; lists < LISTS_AT_ONCE_MAX && left > 0; lists += 1) {
      const [first] = this.lists;
      if (!first) break;
      const step = await this.tidyList(first.list, left);
      left -= step.looked;
      gone += step.gone;
      if (!step.atEnd) break;
      this.lists.shift();
      this.after = '-inf';
      if (first.label !== undefined) await this.forgetLabel(first.label, first.list);
    }
    return gone;
  }

  /** All states and services, then the labels page by page, then all over again. */
  private async nextLists(services: readonly string[]): Promise<void> {
    const { connection, keys } = this;
    if (this.labelsSeen === 0) {
      const states = RUN_STATES.filter(isTerminal).map((state) => keys.runsInState(state));
      this.lists = [...states, ...services.map((service) => keys.runsOfService(service))].map((list) => ({ list }));
    }
    const labels = await connection.zrange(
      keys.runLabels,
      `${this.labelsSeen}`,
      `${this.labelsSeen + LABELS_AT_ONCE - 1}`,
    );
    this.labelsSeen = labels.length < LABELS_AT_ONCE ? 0 : this.labelsSeen + labels.length;
    this.lists.push(...labels.map((label) => ({ list: keys.runsWithLabel(label), label })));
  }

  private async tidyList(
    list: string,
    limit: number,
  ): Promise<{ readonly looked: number; readonly gone: number; readonly atEnd: boolean }> {
    const { connection, keys } = this;
    const newest = (this.nowMs() - LOST_AFTER_MS) * 1_000;
    const found = await connection.zrangebyscore(list, this.after, newest, 'WITHSCORES', 'LIMIT', 0, limit);
    const ids = found.filter((_, index) => index % 2 === 0);
    const exist = await Promise.all(ids.map((id) => connection.exists(keys.run(id).record)));
    const lost = ids.filter((_, index) => exist[index] === 0);
    if (lost.length > 0) await connection.zrem(list, ...lost);
    if (ids.length > 0) this.after = `(${found.at(-1)}`;
    return { looked: Math.max(1, ids.length), gone: lost.length, atEnd: ids.length < limit };
  }

  private async forgetLabel(label: string, list: string): Promise<void> {
    const unusedSince = this.nowMs() - LABEL_UNUSED_MS;
    await runScript(this.connection, FORGET_LABEL, [this.keys.runLabels, list], [label, unusedSince]);
  }
}
