import {
  OPEN_RUNS_MAX,
  type SchedulePause,
  type ScheduleState,
  type ScheduleStore,
  type SlotClaim,
  type SlotResult,
} from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const BEGIN = loadScript(new URL('./lua/begin-schedule-2.lua', import.meta.url));
const DECIDE = loadScript(new URL('./lua/decide-slot-1.lua', import.meta.url));
const SETTLE = loadScript(new URL('./lua/settle-slot-1.lua', import.meta.url));
const CLOSE_RUNS = loadScript(new URL('./lua/close-runs-1.lua', import.meta.url));
const PAUSE = loadScript(new URL('./lua/pause-schedule-2.lua', import.meta.url));

/** How far schedules have come: one hash for each. Rejects with STORE_UNAVAILABLE while Redis is away. */
export function createScheduleStore(connection: RedisConnection, keys: Keys): ScheduleStore {
  defineScripts(connection, [BEGIN, DECIDE, SETTLE, CLOSE_RUNS, PAUSE]);
  const run = async (script: typeof BEGIN, on: readonly string[], args: readonly (string | number)[]) =>
    (await known(runScript<number>(connection, script, on, args))) === 1;
  const both = (key: string) => [keys.schedule(key), keys.schedules];
  return {
    get: async (key) => stateOf(await known(connection.hgetall(keys.schedule(key)))),
    begin: (key, timing, upToMs) => run(BEGIN, both(key), [key, timing, upToMs]),
    async rest(key) {
      await known(connection.hdel(keys.schedule(key), 'timing', 'waiting'));
    },
    decide(key, on, { upToMs, claim, waitingMs, last }) {
      const found = [on.timing ?? '', on.upToMs ?? '', on.waitingMs ?? ''];
      const waiting = waitingMs === null ? '-' : (waitingMs ?? '');
      const next = [upToMs, claim ? encodeClaim(claim) : '', waiting, last ? JSON.stringify(last) : ''];
      return run(DECIDE, [keys.schedule(key)], [...found, ...next]);
    },
    settle: (key, claim, result) => run(SETTLE, [keys.schedule(key)], settled(encodeClaim(claim), result)),
    async note(key, result) {
      // The set first: of a crash in between only a key without a state is left, and that is tidied up.
      await known(connection.sadd(keys.schedules, key));
      await run(SETTLE, [keys.schedule(key)], settled('', result));
    },
    async closeRuns(key, runIds) {
      await run(CLOSE_RUNS, [keys.schedule(key)], runIds);
    },
    async setPause(key, pause, nowMs) {
      await run(PAUSE, both(key), [key, pause ? JSON.stringify(pause) : '', nowMs]);
    },
    async forget(key) {
      await known(connection.del(keys.schedule(key)));
      await known(connection.srem(keys.schedules, key));
    },
    keys: () => known(connection.smembers(keys.schedules)),
  };
}

function settled(claim: string, result: SlotResult): readonly (string | number)[] {
  return [claim, JSON.stringify(result), result.runId ?? '', OPEN_RUNS_MAX];
}

function stateOf(fields: Readonly<Record<string, string>>): ScheduleState {
  const { timing, upTo, claim, waiting, pause, last, run, open } = fields;
  return {
    timing: timing ?? null,
    upToMs: upTo === undefined ? null : Number(upTo),
    claim: claim === undefined ? null : decodeClaim(claim),
    waitingMs: waiting === undefined ? null : Number(waiting),
    pause: pause === undefined ? null : (JSON.parse(pause) as SchedulePause),
    last: last === undefined ? null : (JSON.parse(last) as SlotResult),
    lastRunId: run ?? null,
    openRunIds: (open ?? run ?? '').split(' ').filter((id) => id !== ''),
  };
}

type Encoded = readonly [slotMs: number, runId: string, createdAtUs: number, claimedAtMs: number];

/** The same claim always gives the same text: the script compares it. */
function encodeClaim({ slotMs, runId, createdAtUs, claimedAtMs }: SlotClaim): string {
  const encoded: Encoded = [slotMs, runId, createdAtUs, claimedAtMs];
  return JSON.stringify(encoded);
}

function decodeClaim(text: string): SlotClaim {
  const [slotMs, runId, createdAtUs, claimedAtMs] = JSON.parse(text) as Encoded;
  return { slotMs, runId, createdAtUs, claimedAtMs };
}
