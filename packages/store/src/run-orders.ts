import { isTerminal, type RunError, type RunId, type RunPause, type RunState } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { RUN_PRELUDE } from './prelude.ts';
import type { SliceHeaders } from './slice-headers.ts';

const script = (name: string) => loadScript(new URL(`./lua/${name}.lua`, import.meta.url), RUN_PRELUDE);
const REQUEST_CANCEL = script('request-cancel-1');
const PAUSE_RUN = script('pause-run-1');
const EXPIRE_RUN = script('expire-run-1');
const NEXT_BATCH = script('next-batch-1');
const PIN_RUN = script('pin-run-1');

const SCRIPTS = [REQUEST_CANCEL, PAUSE_RUN, EXPIRE_RUN, NEXT_BATCH, PIN_RUN];

export interface RunOrdersOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly nowMs: () => number;
  readonly headers: SliceHeaders;
  /** Milliseconds for which the record of a run is kept that ends here. */
  readonly keepMs: number;
  /** Puts a run that has ended into the lists that its record asks for. */
  readonly reindex: (runId: RunId) => Promise<void>;
}

/** What people and clocks order a run to do: end, pause, go on, begin its next batch. Each is one script. */
export class RunOrders {
  private readonly options: RunOrdersOptions;

  constructor(options: RunOrdersOptions) {
    this.options = options;
    defineScripts(options.connection, SCRIPTS);
  }

  async requestCancel(runId: RunId): Promise<RunState | null> {
    const { connection, keys, nowMs, keepMs, reindex } = this.options;
    const args = [nowMs(), keys.changed(runId), keepMs];
    const state = await runScript<RunState | ''>(connection, REQUEST_CANCEL, [keys.run(runId).record], args);
    if (state === '') return null;
    if (isTerminal(state)) await reindex(runId);
    return state;
  }

  async setPause(runId: RunId, pause: RunPause | null): Promise<RunState | null> {
    const { connection, keys } = this.options;
    const args = [pause ? JSON.stringify(pause) : '', keys.changed(runId)];
    const state = await runScript<RunState | ''>(connection, PAUSE_RUN, [keys.run(runId).record], args);
    return state === '' ? null : state;
  }

  async expire(runId: RunId, error: RunError): Promise<'ended' | 'ending' | 'left'> {
    const { connection, keys, nowMs, keepMs, reindex } = this.options;
    const args = [JSON.stringify(error), nowMs(), keys.changed(runId), keepMs];
    const answer = await runScript<'ended' | 'ending' | 'left'>(connection, EXPIRE_RUN, [keys.run(runId).record], args);
    if (answer === 'ended') await reindex(runId);
    return answer;
  }

  async nextBatch(runId: RunId, batch: number): Promise<boolean> {
    const { connection, keys, nowMs } = this.options;
    const { record } = keys.run(runId);
    const waiting = await this.waitingIn(runId, batch + 1);
    const args = [batch, nowMs(), keys.changed(runId), ...Object.entries(waiting).flat()];
    return (await runScript<number>(connection, NEXT_BATCH, [record], args)) === 1;
  }

  /** For each cluster of a batch: the first slice that waits when the batch begins; '' when none does. */
  private async waitingIn(runId: RunId, batch: number): Promise<Record<string, number | ''>> {
    const { connection, keys, headers } = this.options;
    const { list } = await headers.of(runId);
    const window = Number((await connection.hget(keys.run(runId).record, 'window')) ?? 0) || Infinity;
    const released = new Map<string, number>();
    const waiting: Record<string, number | ''> = {};
    for (const header of list) {
      if (header.batch !== batch) continue;
      const count = (released.get(header.cluster) ?? 0) + 1;
      released.set(header.cluster, count);
      if (count <= window) waiting[header.cluster] = header.next ?? '';
    }
    return waiting;
  }

  async pin(runId: RunId, text: string): Promise<string> {
    const { connection, keys } = this.options;
    return runScript<string>(connection, PIN_RUN, [keys.run(runId).record], [text]);
  }

  async dueRuns(nowMs: number, limit: number): Promise<readonly RunId[]> {
    const { connection, keys } = this.options;
    return connection.zrangebyscore(keys.dueRuns, '-inf', nowMs, 'LIMIT', 0, limit);
  }

  async setDue(runId: RunId, dueAtMs: number | null): Promise<void> {
    const { connection, keys } = this.options;
    if (dueAtMs === null) await connection.zrem(keys.dueRuns, runId);
    else await connection.zadd(keys.dueRuns, dueAtMs, runId);
  }
}
