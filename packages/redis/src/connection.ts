import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Log } from '@runyard/domain';

/** A connection to a standalone Redis, a Sentinel set or a Redis Cluster. */
export type RedisConnection = Redis | Cluster;

/**
 * What the connection is for. `request`: a caller waits for the answer, so a broken Redis must be an error at once.
 * `background`: a worker that waits until Redis is back. `subscriber`: listens, subscribes again after a break.
 */
export type ConnectionRole = 'request' | 'background' | 'subscriber';

export interface RedisSettings {
  /** `redis://`, `rediss://`, `redis+sentinel://host:port,host:port/name` or `redis+cluster://host:port,host:port`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

const RECONNECT_MS_MAX = 1_000;

type Options = RedisOptions & { replyMapping: 'legacy' };

function optionsFor(role: ConnectionRole, settings: RedisSettings): Options {
  const options: Options = {
    // The other mapping breaks the event reader of BullMQ.
    replyMapping: 'legacy',
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
    // Several commands of one tick go out in one write; it halves the processor time of a busy gateway.
    enableAutoPipelining: role !== 'subscriber',
    connectTimeout: 5_000,
    maxRetriesPerRequest: role === 'request' ? 0 : null,
    enableOfflineQueue: role !== 'request',
    autoResendUnfulfilledCommands: role !== 'request',
    lazyConnect: true,
  };
  if (settings.username !== undefined) options.username = settings.username;
  if (settings.password !== undefined) options.password = settings.password;
  return options;
}

/** Opens a connection and resolves when it can be used. Rejects when Redis cannot be reached the first time. */
export async function connectRedis(settings: RedisSettings, role: ConnectionRole, log: Log): Promise<RedisConnection> {
  const connection = createConnection(settings, role);
  let broken = false;
  connection.on('error', (error: Error) => {
    // One line when it breaks, one when it is back; not one for each try.
    if (!broken) log.warn('Redis connection broken', { role, error: error.message });
    broken = true;
  });
  connection.on('ready', () => {
    if (broken) log.info('Redis connection restored', { role });
    broken = false;
  });
  await connection.connect();
  return connection;
}

function createConnection(settings: RedisSettings, role: ConnectionRole): RedisConnection {
  const options = optionsFor(role, settings);
  const several = /^redis\+(sentinel|cluster):\/\/(?:([^:@]*):([^@]*)@)?([^/]+)(?:\/(.*))?$/.exec(settings.url);
  if (!several) return new Redis(settings.url, options);
  const [, kind, username, password, hosts = '', name] = several;
  if (username) options.username = decodeURIComponent(username);
  if (password) options.password = decodeURIComponent(password);
  const nodes = hosts.split(',').map((host) => {
    const [address = '127.0.0.1', port] = host.split(':');
    return { host: address, port: Number(port ?? (kind === 'sentinel' ? 26379 : 6379)) };
  });
  if (kind === 'sentinel') return new Redis({ ...options, sentinels: nodes, name: name ?? 'mymaster' });
  const { lazyConnect, enableOfflineQueue, ...redisOptions } = options;
  return new Cluster(nodes, {
    redisOptions,
    lazyConnect: lazyConnect ?? true,
    enableOfflineQueue: enableOfflineQueue ?? true,
    enableAutoPipelining: options.enableAutoPipelining ?? false,
  });
}

/** True for a connection to a Redis Cluster, where keys of different slots do not follow each other. */
export function isCluster(connection: RedisConnection): connection is Cluster {
  return connection.isCluster;
}

/** Ends a connection; pending answers are awaited for a moment. Idempotent. */
export async function closeRedis(connection: RedisConnection): Promise<void> {
  if (connection.status === 'end') return;
  if (connection.status !== 'ready') {
    connection.disconnect();
    return;
  }
  await connection.quit().catch(() => connection.disconnect());
}
