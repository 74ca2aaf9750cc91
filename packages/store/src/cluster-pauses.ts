import type { ClusterPause, ClusterPauses } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/** Marks of paused clusters: one field of one hash for each, deleted when the cluster is resumed. */
export function createClusterPauses(connection: RedisConnection, keys: Keys): ClusterPauses {
  return {
    async pause(pause) {
      // The first one stays: whoever pauses again has changed nothing.
      await connection.hsetnx(keys.clusterPauses, pause.cluster, JSON.stringify(pause));
    },
    async resume(cluster) {
      await connection.hdel(keys.clusterPauses, cluster);
    },
    async get(cluster) {
      const text = await connection.hget(keys.clusterPauses, cluster);
      return text === null ? null : (JSON.parse(text) as ClusterPause);
    },
    async list() {
      const texts = await connection.hvals(keys.clusterPauses);
      const pauses = texts.map((text) => JSON.parse(text) as ClusterPause);
      return pauses.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
    },
  };
}
