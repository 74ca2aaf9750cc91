import type { Delivery, DeliveryStore, RunDeliveries, RunState } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const TAKE_DUE = loadScript(new URL('./lua/take-due-1.lua', import.meta.url));
const PUT_BACK = loadScript(new URL('./lua/put-back-1.lua', import.meta.url));

/** Times in the list are in µs: accepting a run enlists it with the time of its creation. */
const US_OF_MS = 1_000;

/** Deliveries in Redis. While Redis is away every method rejects with STORE_UNAVAILABLE. */
export function createDeliveryStore(connection: RedisConnection, keys: Keys): DeliveryStore {
  defineScripts(connection, [TAKE_DUE, PUT_BACK]);
  const list = [keys.deliveries];
  return {
    take(nowMs, untilMs, limit) {
      const args = [nowMs * US_OF_MS, untilMs * US_OF_MS, limit];
      return known(runScript<string[]>(connection, TAKE_DUE, list, args));
    },
    async hasten(runId) {
      await known(connection.zadd(keys.deliveries, 'XX', 'LT', 0, runId));
    },
    async putBack(runId, takenUntilMs, nextMs) {
      const args = [runId, takenUntilMs * US_OF_MS, nextMs === null ? '' : nextMs * US_OF_MS];
      await known(runScript<number>(connection, PUT_BACK, list, args));
    },
    async read(runId) {
      const { run, event, ...numbered } = await known(connection.hgetall(keys.run(runId).deliveries));
      if (run === undefined) return null;
      const deliveries = Object.entries(numbered)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, text]) => JSON.parse(text) as Delivery);
      return { run, event: event as RunState, deliveries };
    },
    begin: (runId, begun, lifeMs) => known(begin(connection, keys.run(runId).deliveries, begun, lifeMs)),
    async save(runId, delivery) {
      await known(connection.hset(keys.run(runId).deliveries, fieldOf(delivery), JSON.stringify(delivery)));
    },
    async settle(runId) {
      await known(connection.hset(keys.run(runId).deliveries, 'run', ''));
    },
  };
}

/** What is sent is written last: whoever reads it finds the receivers there too. */
async function begin(
  connection: RedisConnection,
  key: string,
  { run, event, deliveries }: RunDeliveries,
  lifeMs: number,
): Promise<void> {
  const fields: [string, string][] = deliveries.map((delivery) => [fieldOf(delivery), JSON.stringify(delivery)]);
  const commands = [...fields, ['event', event] as const, ['run', run] as const];
  const writes = commands.map(([field, value]) => connection.hsetnx(key, field, value));
  await Promise.all([...writes, connection.pexpire(key, Math.ceil(lifeMs))]);
}

/** The number of the receiver among those of the run, which ends the id. */
function fieldOf({ id }: Delivery): string {
  return id.slice(id.lastIndexOf('-') + 1);
}
