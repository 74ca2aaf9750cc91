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
  const both = (name: string) => [keys.schedule(name), keys.schedules];
  return {
    get: async (name) => stateOf(await known(connection.hgetall(keys.schedule(name)))),
    begin: (name, timing, upToMs) => run(BEGIN, both(name), [name, timing, upToMs]),
    async rest(name) {
      await known(connection.hdel(keys.schedule(name), 'timing', 'waiting'));
    },
    decide(name, on, { upToMs, claim, waitingMs, last }) {
      const found = [on.timing ?? '', on.upToMs ?? '', on.waitingMs ?? ''];
      const waiting = waitingMs === null ? '-' : (waitingMs ?? '');
      const next = [upToMs, claim ? encodeClaim(claim) : '', waiting, last ? JSON.stringify(last) : ''];
      return run(DECIDE, [keys.schedule(name)], [...found, ...next]);
    },
    settle: (name, claim, result) => run(SETTLE, [keys.schedule(name)], settled(encodeClaim(claim), result)),
    async note(name, result) {
      // The name first: of a crash in between only a name without a state is left, and that is tidied up.
      await known(connection.sadd(keys.schedules, name));
      await run(SETTLE, [keys.schedule(name)], settled('', result));
    },
    async closeRuns(name, runIds) {
      await run(CLOSE_RUNS, [keys.schedule(name)], runIds);
    },
    async setPause(name, pause, nowMs) {
      await run(PAUSE, both(name), [name, pause ? JSON.stringify(pause) : '', nowMs]);
    },
    async forget(name) {
      await known(connection.del(keys.schedule(name)));
      await known(connection.srem(keys.schedules, name));
    },
    names: () => known(connection.smembers(keys.schedules)),
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
