import { isCluster, type RedisConnection } from './connection.ts';

/**
 * True when a replica has everything that was written over this connection before: in a Cluster, one of each master.
 * False when that was not so within the time, or it could not be asked. Other commands on the connection wait behind it.
 */
export async function isReplicated(connection: RedisConnection, timeoutMs: number): Promise<boolean> {
  const servers = isCluster(connection) ? connection.nodes('master') : [connection];
  try {
    const replicas = await Promise.all(servers.map((server) => server.wait(1, timeoutMs)));
    return servers.length > 0 && replicas.every((count) => count >= 1);
  } catch {
    return false;
  }
}
