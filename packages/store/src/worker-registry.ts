import type { Clock, WorkerInfo, WorkerRegistry } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/** A worker that was not seen for this long counts as dead. It heartbeats every 5 s. */
export const WORKER_DEAD_AFTER_MS = 15_000;

/** Who works: a record for each worker that ends by itself, and a list by the time last seen. */
export function createWorkerRegistry(connection: RedisConnection, keys: Keys, clock: Clock): WorkerRegistry {
  return {
    async heartbeat(worker) {
      await Promise.all([
        connection.set(keys.worker(worker.id), JSON.stringify(worker), 'PX', WORKER_DEAD_AFTER_MS),
        connection.zadd(keys.workers, worker.seenAtMs, worker.id),
        connection.zremrangebyscore(keys.workers, '-inf', worker.seenAtMs - 10 * WORKER_DEAD_AFTER_MS),
      ]);
    },
    async remove(workerId) {
      await Promise.all([connection.del(keys.worker(workerId)), connection.zrem(keys.workers, workerId)]);
    },
    async live() {
      const ids = await connection.zrangebyscore(keys.workers, clock.nowMs() - WORKER_DEAD_AFTER_MS, '+inf');
      const records = await Promise.all(ids.map((id) => connection.get(keys.worker(id))));
      return records.filter((record) => record !== null).map((record) => JSON.parse(record) as WorkerInfo);
    },
  };
}
