import type { RunGate } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const ENTER_GATE = loadScript(new URL('./lua/enter-gate-3.lua', import.meta.url));
const LEAVE_GATE = loadScript(new URL('./lua/leave-gate-3.lua', import.meta.url));

/** Runs looked at, and runs let go on, at once. */
const RUNS_AT_ONCE = 100;

/**
 * Who is in work and who waits, for each service that allows only so many: two sets of run ids, never a counter, so
 * that taking a run out twice changes nothing. Rejects with STORE_UNAVAILABLE while Redis is away.
 */
export function createRunGate(connection: RedisConnection, keys: Keys): RunGate {
  defineScripts(connection, [ENTER_GATE, LEAVE_GATE]);
  const keysOf = (service: string): string[] => {
    const { inside, line, limit } = keys.gate(service);
    return [inside, line, limit];
  };
  const someInside = async (service: string): Promise<string[]> => {
    const { inside } = keys.gate(service);
    const many = (await connection.zcard(inside)) > RUNS_AT_ONCE;
    // Others each time, so that those that must go are found in a large set too.
    return many ? connection.zrandmember(inside, RUNS_AT_ONCE) : connection.zrange(inside, '0', '-1');
  };
  return {
    async enter(service, runId, createdAtUs, maxConcurrent) {
      const args = [runId, createdAtUs, maxConcurrent];
      return (await known(runScript<number>(connection, ENTER_GATE, keysOf(service), args))) === 1;
    },
    leave: (service, runId) =>
      known(runScript<string[]>(connection, LEAVE_GATE, keysOf(service), [runId, RUNS_AT_ONCE])),
    async look(service, runId) {
      const { inside, line } = keys.gate(service);
      const [some, before] = await known(
        Promise.all([connection.zrange(inside, '0', String(RUNS_AT_ONCE - 1)), connection.zrank(line, runId)]),
      );
      return { inside: some, before };
    },
    async members(service) {
      const first = connection.zrange(keys.gate(service).line, '0', String(RUNS_AT_ONCE - 1));
      const [inside, line] = await known(Promise.all([someInside(service), first]));
      return { inside, line };
    },
  };
}
