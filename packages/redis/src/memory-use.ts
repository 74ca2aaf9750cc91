import { isCluster, type RedisConnection } from './connection.ts';

export interface MemoryUse {
  readonly memoryUsedBytes: number;
  /** 0 when there is no limit, or Redis does not tell. */
  readonly memoryMaxBytes: number;
}

/** The memory of the server; of a Redis Cluster that of the master that is nearest to its limit. */
export async function readMemoryUse(connection: RedisConnection): Promise<MemoryUse> {
  const nodes = isCluster(connection) ? connection.nodes('master') : [connection];
  const uses = await Promise.all(nodes.map(async (node) => parseMemoryUse(await node.info('memory'))));
  let fullest: MemoryUse = { memoryUsedBytes: 0, memoryMaxBytes: 0 };
  for (const use of uses) if (shareOf(use) >= shareOf(fullest)) fullest = use;
  return fullest;
}

export function parseMemoryUse(info: string): MemoryUse {
  return { memoryUsedBytes: field(info, 'used_memory'), memoryMaxBytes: field(info, 'maxmemory') };
}

function shareOf({ memoryUsedBytes, memoryMaxBytes }: MemoryUse): number {
  return memoryMaxBytes > 0 ? memoryUsedBytes / memoryMaxBytes : 0;
}

function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d{1,16})\\r?$`, 'm').exec(info)?.[1] ?? 0);
}
