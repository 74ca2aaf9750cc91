import { DEVICE_STATE_LETTERS, type DeviceState, type RunId, type RunMending, type RunSpec } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { recordLifeMs } from './keep-time.ts';
import type { Keys } from './keys.ts';
import { RUN_PRELUDE } from './prelude.ts';
import { known } from './store-errors.ts';

const END_DONE = loadScript(new URL('./lua/end-done-4.lua', import.meta.url), RUN_PRELUDE);

const SLICES_AT_ONCE = 50;
const ENTRY_LENGTH = 6;
const FINAL_STATES: readonly DeviceState[] = ['succeeded', 'failed', 'skipped', 'cancelled', 'unknown'];

export interface RunMendingOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly nowMs: () => number;
}

/** Mending of records in Redis. While Redis is away every method rejects with STORE_UNAVAILABLE. */
export function createRunMending(options: RunMendingOptions): RunMending {
  const { connection, keys } = options;
  defineScripts(connection, [END_DONE]);
  return {
    endDone: (runId) => known(endDone(options, runId)),
    openCount: () => known(connection.zcard(keys.openRuns)),
  };
}

/** The devices are counted here and not in Redis, which would stand still for a large run meanwhile. */
async function endDone({ connection, keys, nowMs }: RunMendingOptions, runId: RunId): Promise<boolean> {
  const { record, rows, outputs, log } = keys.run(runId);
  const [revision, slices, spec] = await connection.hmget(record, 'rev', 'slices', 'spec');
  if (!revision || !slices || !spec) return false;
  const counts = await countEntries(connection, record, Number(slices));
  const finals = FINAL_STATES.map((state) => DEVICE_STATE_LETTERS[state]);
  const final = finals.reduce((sum, letter) => sum + (counts.get(letter) ?? 0), 0);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (final !== total) return false;
  const life = recordLifeMs((JSON.parse(spec) as RunSpec).keep);
  const args = [revision, nowMs(), keys.changed(runId), life, total];
  for (const letter of finals) args.push(letter, counts.get(letter) ?? 0);
  return (await runScript<string>(connection, END_DONE, [record, rows, outputs, log], args)) !== '';
}

/** How many devices there are of each state letter. */
async function countEntries(
  connection: RedisConnection,
  record: string,
  slices: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let first = 0; first < slices; first += SLICES_AT_ONCE) {
    const length = Math.min(SLICES_AT_ONCE, slices - first);
    const fields = Array.from({ length }, (_, index) => `${first + index}:s`);
    for (const entries of await connection.hmget(record, ...fields)) {
      for (let at = 0; at < (entries?.length ?? 0); at += ENTRY_LENGTH) {
        const letter = entries?.charAt(at) ?? '';
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
      }
    }
  }
  return counts;
}
