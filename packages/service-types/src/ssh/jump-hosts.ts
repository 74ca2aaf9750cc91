import type { Duplex } from 'node:stream';
import { type AppError, deviceError, isAppError } from '@runyard/domain';
import { type ConnectTools, openSshConnection } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { OneAnswer } from './one-answer.ts';
import { addressOf, type SshTarget, targetKey } from './target.ts';

interface JumpHost {
  readonly connection: Promise<SshConnection>;
  /** Channels through it, open or being opened. */
  channels: number;
  timer: NodeJS.Timeout | undefined;
}

/** One connection to each jump host, shared by all devices behind it, closed when unused for a while. */
export class JumpHosts {
  readonly #tools: ConnectTools;
  readonly #idleMs: number;
  readonly #hosts = new Map<string, JumpHost>();
  /** A shared connection outlives the task that asked first, so only stopping aborts it. */
  readonly #stopping = new AbortController();

  constructor(tools: ConnectTools, idleMs: number) {
    this.#tools = tools;
    this.#idleMs = idleMs;
  }

  /** A channel to the target through the jump host. Errors of the jump host name it. */
  async forward(jump: SshTarget, target: SshTarget, signal: AbortSignal): Promise<Duplex> {
    const key = targetKey(jump);
    const used = this.#hosts.get(key) ?? this.#add(jump, key);
    used.channels += 1;
    clearTimeout(used.timer);
    const leave = (): void => this.#leave(used);
    let channel: Duplex | undefined;
    try {
      const connection = await abortable(used.connection, signal);
      channel = await openChannel(connection, target, signal);
    } catch (error) {
      throw isAppError(error) && !signal.aborted ? inJump(error, jump) : error;
    } finally {
      if (channel) channel.once('close', leave);
      else leave();
    }
    return channel;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(deviceError('CONNECTION_LOST', 'The worker stops'));
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    for (const host of hosts) {
      clearTimeout(host.timer);
      const connection = await host.connection.catch(() => undefined);
      connection?.destroy();
    }
  }

  #add(jump: SshTarget, key: string): JumpHost {
    const host: JumpHost = { connection: this.#connect(jump), channels: 0, timer: undefined };
    const remove = (): void => {
      if (this.#hosts.get(key) === host) this.#hosts.delete(key);
    };
    // Registered before anybody else waits, so that whoever sees the failure and tries again gets a new connection.
    host.connection.then((connection) => connection.onClose(remove), remove);
    this.#hosts.set(key, host);
    return host;
  }

  async #connect(jump: SshTarget): Promise<SshConnection> {
    const { signal } = this.#stopping;
    const through = jump.jump ? await this.forward(jump.jump, jump, signal) : undefined;
    return openSshConnection(jump, this.#tools, signal, through);
  }

  #leave(host: JumpHost): void {
    host.channels -= 1;
    if (host.channels > 0 || this.#stopping.signal.aborted) return;
    clearTimeout(host.timer);
    host.timer = setTimeout(() => {
      host.connection.then(
        (connection) => connection.destroy(),
        () => undefined,
      );
    }, this.#idleMs);
    host.timer.unref();
  }
}

function openChannel(connection: SshConnection, target: SshTarget, signal: AbortSignal): Promise<Duplex> {
  const answer = new OneAnswer<Duplex>(signal);
  answer.afterwards(connection.onClose(() => answer.reject(connection.lost('while a channel was opened'))));
  if (answer.isSettled) return answer.promise;
  try {
    connection.client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, channel) => {
      if (error) return void answer.reject(forwardError(error, target));
      // Until the connection through it listens itself.
      channel.on('error', () => undefined);
      if (!answer.resolve(channel)) channel.destroy();
    });
  } catch (error) {
    answer.reject(deviceError('CONNECTION_LOST', 'the connection was closed', error));
  }
  return answer.promise;
}

/** The reasons of RFC 4254, section 5.1: 1 is prohibited, 2 is could not connect. */
function forwardError(error: Error, target: SshTarget): AppError {
  const { reason } = error as { reason?: unknown };
  if (reason === 1) return deviceError('CONNECTION_REFUSED', 'it does not allow forwarding', error);
  const refused = /refused/i.test(error.message);
  const code = refused ? 'CONNECTION_REFUSED' : 'DEVICE_UNREACHABLE';
  return deviceError(code, `it cannot reach ${addressOf(target)}: ${error.message}`, error);
}

function inJump(error: AppError, jump: SshTarget): AppError {
  return deviceError(error.code, `Jump host '${jump.device}': ${error.message}`, error);
}

/** Waits for something shared; the one who waits may leave, the thing goes on. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const answer = new OneAnswer<Value>(signal);
  promise.then(
    (value) => answer.resolve(value),
    (error: unknown) => answer.reject(error),
  );
  return answer.promise;
}
