import type { Cluster, Redis } from 'ioredis';

const LOOK_MS = 1_000;
/** BullMQ makes a connection of its own for a command that waits for so many seconds at most. */
const BLOCKED_LOOKS = 10;

export interface ConnectionWatchOptions {
  /** So many looks in a row without a byte, and the connection is given up. */
  readonly silentLooksMax: number;
  /** Called when a socket was closed because nothing came over it for so long; ms. */
  readonly onSilent: (silentMs: number) => void;
  /** How often it looks; ms. A second when absent. */
  readonly lookMs?: number;
}

/**
 * Closes a socket over which Redis has stopped to answer, so that ioredis connects anew and does what it does after any
 * break. Without it a half-open connection, over which nothing comes and no end either, is waited on for as long as the
 * system tries to send, which may be a quarter of an hour or for ever.
 *
 * Each second it looks whether bytes came in. After a second without any it sends a PING, once, so there is always an
 * answer due; a handshake has one due anyway. What counts is looks, not time: a process that itself stood still makes one
 * look late and blames nobody. Commands are not touched.
 *
 * Copies of the connection are watched too, with more patience, because BullMQ makes them for commands that block. Ends
 * with the connection.
 */
export function watchConnection(connection: Redis | Cluster, options: ConnectionWatchOptions): void {
  const { lookMs = LOOK_MS } = options;
  const signs = new WeakMap<Redis, Sign>();
  const timer = setInterval(() => {
    for (const each of socketsOf(connection)) {
      const silentLooks = look(each, signs);
      if (silentLooks < options.silentLooksMax) continue;
      signs.delete(each);
      options.onSilent(silentLooks * lookMs);
      each.stream.destroy();
    }
  }, lookMs);
  timer.unref();
  connection.once('end', () => clearInterval(timer));
  watchDuplicates(connection, options);
}

/** What was there at the last look. */
interface Sign {
  readonly stream: Redis['stream'];
  bytesRead: number;
  silentLooks: number;
  isAsked: boolean;
}

/** For how many looks nothing has come over a connection on which an answer is due. */
function look(redis: Redis, signs: WeakMap<Redis, Sign>): number {
  const { stream } = redis;
  // Connecting has a limit of its own.
  if (!stream || stream.destroyed || ('connecting' in stream && stream.connecting)) {
    signs.delete(redis);
    return 0;
  }
  const bytesRead = 'bytesRead' in stream ? stream.bytesRead : 0;
  const sign = signs.get(redis);
  if (sign?.stream !== stream) {
    signs.set(redis, { stream, bytesRead, silentLooks: 0, isAsked: false });
    return 0;
  }
  if (sign.bytesRead !== bytesRead) {
    sign.bytesRead = bytesRead;
    sign.silentLooks = 0;
    return 0;
  }
  if (!sign.isAsked && redis.status === 'ready') ask(redis, sign);
  sign.silentLooks += 1;
  return sign.silentLooks;
}

function ask(redis: Redis, sign: Sign): void {
  sign.isAsked = true;
  const answered = (): void => {
    sign.isAsked = false;
    sign.silentLooks = 0;
  };
  // Also a refusal is an answer.
  redis.ping().then(answered, answered);
}

/** Each connection to a server of its own; in a Cluster also that which listens, which ioredis keeps beside the others. */
function socketsOf(connection: Redis | Cluster): readonly Redis[] {
  if (!connection.isCluster) return [connection as Redis];
  const { subscriber } = connection as unknown as { subscriber?: { getInstance?: () => Redis | null } };
  const listening = subscriber?.getInstance?.();
  return [...(connection as Cluster).nodes(), ...(listening ? [listening] : [])];
}

function watchDuplicates(connection: Redis | Cluster, options: ConnectionWatchOptions): void {
  const duplicable = connection as { duplicate: (...args: never[]) => Redis | Cluster };
  const duplicate = duplicable.duplicate.bind(connection);
  duplicable.duplicate = (...args) => {
    const copy = duplicate(...args);
    watchConnection(copy, { ...options, silentLooksMax: options.silentLooksMax + BLOCKED_LOOKS });
    return copy;
  };
}
