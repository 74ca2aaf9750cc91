import { readFileSync } from 'node:fs';
import { Cluster, type Redis, type RedisOptions } from 'ioredis';
import { AppError, type Log } from '@runyard/domain';
import { BatchingRedis } from './batching-redis.ts';
import { watchConnection } from './connection-watch.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

/** A connection to a standalone Redis, a Sentinel set or a Redis Cluster. */
export type RedisConnection = Redis | Cluster;

/**
 * What the connection is for. `request`: a caller waits for the answer, so a broken Redis must be an error at once.
 * `background`: a worker that waits until Redis is back. `subscriber`: listens, subscribes again after a break.
 */
export type ConnectionRole = 'request' | 'background' | 'subscriber';

export interface RedisSettings {
  /**
   * `redis://host:port/db`, `redis+sentinel://host:port,host:port/name` or `redis+cluster://host:port,host:port`; with
   * `rediss` instead of `redis` over TLS.
   */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** File with the certificates of the authorities that may have signed those of Redis; the system's when absent. */
  readonly caFile?: string;
  /** Sentinels are asked without a password when absent. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** Who connects, for `CLIENT LIST`: each connection is called `<name>:<role>` there. */
  readonly name?: string;
}

const RECONNECT_MS_MAX = 1_000;
const FIRST_CONNECT_MS = 10_000;
/**
 * Seconds without a sign of Redis, though one is due, after which a connection is opened anew. Who waits for an answer
 * is told sooner; the others outlast a Redis that is only slow.
 */
const SILENT_S = { request: 5, background: 8, subscriber: 8 } as const;
const LOADING_LOOK_MS = 2_000;
const SENTINEL_ANSWER_MS = 3_000;
/** How often a command looks for the server that has its slot, 100 ms apart, before it is an error. */
const CLUSTER_TRIES = { request: 16, background: 600, subscriber: 16 } as const;

type Options = RedisOptions & { replyMapping: 'legacy' };

function optionsFor(role: ConnectionRole, settings: RedisSettings, address: RedisAddress): Options {
  const options: Options = {
    // The other mapping breaks the event reader of BullMQ.
    replyMapping: 'legacy',
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
    // A primary that became a replica stays connected: whoever writes has to look for the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    connectTimeout: 5_000,
    maxRetriesPerRequest: role === 'request' ? 0 : null,
    enableOfflineQueue: role !== 'request',
    autoResendUnfulfilledCommands: role !== 'request',
    lazyConnect: true,
    // While Redis reads its file it is asked so often at least, and so is not taken for a dead connection.
    maxLoadingRetryTime: LOADING_LOOK_MS,
    sentinelCommandTimeout: SENTINEL_ANSWER_MS,
  };
  if (settings.name !== undefined) options.connectionName = `${settings.name}:${role}`.replaceAll(/[^!-~]/g, '_');
  const username = address.username ?? settings.username;
  const password = address.password ?? settings.password;
  if (username !== undefined) options.username = username;
  if (password !== undefined) options.password = password;
  if (address.tls) options.tls = settings.caFile === undefined ? {} : { ca: readCertificates(settings.caFile) };
  return options;
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new AppError('STORE_UNAVAILABLE', `The certificates for Redis, ${file}, cannot be read (${reason}).`);
  }
}

/** Opens a connection and resolves when it can be used. Rejects when Redis cannot be reached the first time. */
export async function connectRedis(settings: RedisSettings, role: ConnectionRole, log: Log): Promise<RedisConnection> {
  const connection = createConnection(settings, role);
  countBreaks(connection);
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
  try {
    await withinTime(connection.connect());
  } catch (error) {
    // It would go on trying for ever, and keep the process alive for it.
    connection.disconnect();
    throw error;
  }
  watchConnection(connection, {
    silentLooksMax: SILENT_S[role],
    onSilent: (silentMs) => {
      log.warn('Redis connection gave no answer, opened anew', { role, silentMs });
      // In a Cluster it is the connection to one server.
      broken ||= !isCluster(connection);
    },
  });
  return connection;
}

/** True when a connection that is opened now gets an answer. Never rejects. */
export async function isReachable(settings: RedisSettings): Promise<boolean> {
  try {
    await closeRedis(await connectRedis(settings, 'request', quiet));
    return true;
  } catch {
    return false;
  }
}

const nothing = (): void => undefined;
const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A Sentinel set that is down, or a server that speaks no TLS, would be tried for ever without a word. */
async function withinTime(connected: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AppError('STORE_UNAVAILABLE', `Redis did not answer within ${FIRST_CONNECT_MS / 1_000} seconds.`);
    timer = setTimeout(() => reject(error), FIRST_CONNECT_MS);
  });
  try {
    await Promise.race([connected, late]);
  } finally {
    clearTimeout(timer);
  }
}

function createConnection(settings: RedisSettings, role: ConnectionRole): RedisConnection {
  const address = parseRedisUrl(settings.url);
  const options = optionsFor(role, settings, address);
  const [first] = address.nodes;
  switch (address.kind) {
    case 'standalone':
      return new BatchingRedis({ ...options, ...first, db: address.db });
    case 'sentinel':
      return new BatchingRedis(sentinelOptions(settings, options, address));
    case 'cluster':
      return createCluster(address, options, role);
  }
}

function sentinelOptions(settings: RedisSettings, options: Options, { nodes, name }: RedisAddress): Options {
  const { sentinelUsername, sentinelPassword } = settings;
  const { tls } = options;
  return {
    ...options,
    sentinels: [...nodes],
    name,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
    sentinelRetryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
  };
}

function createCluster({ nodes }: RedisAddress, options: Options, role: ConnectionRole): Cluster {
  const { lazyConnect = true, enableOfflineQueue = true, ...rest } = options;
  const { retryStrategy: _, ...redisOptions } = rest;
  return new Cluster([...nodes], {
    redisOptions,
    lazyConnect,
    enableOfflineQueue,
    // Several commands of one turn go to a server in one write. Elsewhere scripts share commands, which is cheaper.
    enableAutoPipelining: role !== 'subscriber',
    maxRedirections: CLUSTER_TRIES[role],
    clusterRetryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
    // A certificate names hosts, so a host name must stay one.
    ...(options.tls ? { dnsLookup: (host, done) => done(null, host) } : {}),
  });
}

const breaks = new WeakMap<RedisConnection, number>();

function countBreaks(connection: RedisConnection): void {
  const count = () => breaks.set(connection, connectionEpoch(connection) + 1);
  for (const event of isCluster(connection) ? ['close', '+node', '-node'] : ['close']) connection.on(event, count);
}

/**
 * A number that changes when a connection breaks, or servers join or leave a Cluster. While it stays the same, what was
 * written and what is asked about it went over the same connection.
 */
export function connectionEpoch(connection: RedisConnection): number {
  return breaks.get(connection) ?? 0;
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
