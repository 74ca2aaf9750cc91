import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedisServer } from '@runyard/redis';

/** Ours and the floors use databases of their own in the same server, so that each can be emptied by itself. */
export type Database = 'ours' | 'floor';
const NUMBERS: Readonly<Record<Database, number>> = { ours: 0, floor: 1 };

/** What each of our keys begins with. */
export const KEY_PREFIX = 'runyard';
/**
 * Everything that runs leave: what belongs to one run (ids begin with zeros), the lists of runs, the queues. Not the
 * catalog, not the users.
 */
const RUN_KEYS = [
  `${KEY_PREFIX}:{0*}:*`,
  `${KEY_PREFIX}:{index}:*`,
  `${KEY_PREFIX}:queue:*`,
  `${KEY_PREFIX}:control:*`,
];

export interface BenchRedis {
  readonly version: string;
  /** How durable it is, in words. */
  readonly aof: string;
  readonly pid: number;
  readonly port: number;
  url(database: Database): string;
  readonly connection: Record<Database, Redis>;
  /** Empties the floor's database, or drops our runs and keeps our catalog. */
  clear(database: Database): Promise<void>;
  flush(): Promise<void>;
  info(section: string): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

/**
 * A real Redis with the durability of production, on loopback. Only its own rewriting of the AOF is off, which would
 * fall into somebody's round.
 */
export async function startBenchRedis(folder: string): Promise<BenchRedis> {
  const server = await startRedisServer({
    folder: join(folder, 'redis'),
    kinds: ['redis-server', 'valkey-server'],
    extraArgs: ['--auto-aof-rewrite-percentage', '0'],
    ...(process.env.PATH === undefined ? {} : { path: process.env.PATH }),
  });
  process.once('exit', () => killQuietly(server.pid));
  const url = (database: Database): string => `${server.url}/${NUMBERS[database]}`;
  const open = (database: Database): Redis =>
    new Redis(url(database), { replyMapping: 'legacy', maxRetriesPerRequest: null });
  const connection = { ours: open('ours'), floor: open('floor') };
  const info = async (section: string): Promise<ReadonlyMap<string, string>> =>
    parseInfo(await connection.ours.info(section));
  const facts = await info('server');
  return {
    version: `${server.kind} ${facts.get('valkey_version') ?? facts.get('redis_version')}`,
    aof: 'appendonly yes, appendfsync everysec',
    pid: server.pid,
    port: server.port,
    url,
    connection,
    info,
    async clear(database) {
      if (database === 'floor') await connection.floor.flushdb();
      else for (const pattern of RUN_KEYS) await unlinkAll(connection.ours, pattern);
    },
    async flush() {
      await connection.ours.flushall('SYNC');
    },
    async stop() {
      connection.ours.disconnect();
      connection.floor.disconnect();
      await server.stop();
    },
  };
}

async function unlinkAll(redis: Redis, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 5_000);
    if (keys.length > 0) await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\r\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
  });
  return new Map(entries);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
