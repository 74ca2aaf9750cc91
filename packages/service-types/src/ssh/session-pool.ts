import { deviceError } from '@runyard/domain';
import { type ConnectTools, openSshConnection } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { JumpHosts } from './jump-hosts.ts';
import { endpointKey, type SshTarget, targetKey } from './target.ts';
import { WaitList } from './wait-list.ts';

export interface SessionPoolOptions {
  /** How long an unused connection is kept, in milliseconds. */
  readonly idleMs: number;
  /** Open connections of this worker at once, jump hosts not counted. */
  readonly sessionsMax: number;
}

export interface Lease {
  readonly connection: SshConnection;
  /** True when somebody used the connection before; then it may have died unnoticed. */
  readonly reused: boolean;
  /** Gives the connection back. After an error `reusable` is false, and it is closed. */
  release(reusable: boolean): void;
}

interface Idle {
  readonly key: string;
  readonly endpoint: string;
  readonly connection: SshConnection;
  readonly timer: NodeJS.Timeout;
  readonly forget: () => void;
}

interface Endpoint {
  /** Connections to this device that are open or being opened. */
  open: number;
  readonly waiting: WaitList;
}

/**
 * Keeps connections open for the next command, since logging in costs ten times what a command does.
 * A connection is leased to one task at a time. It goes: connecting → leased ⇄ idle → closed.
 */
export class SessionPool {
  readonly #tools: ConnectTools;
  readonly #options: SessionPoolOptions;
  readonly #jumpHosts: JumpHosts;
  /** In order of last use: the first is the next to be closed when room is needed. */
  readonly #idle = new Set<Idle>();
  readonly #idleByKey = new Map<string, Idle[]>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #leased = new Set<SshConnection>();
  readonly #waiting = new WaitList();
  /** Connections being opened, each with what ends it. */
  readonly #connecting = new Set<AbortController>();
  #stopped: Error | undefined;
  #open = 0;

  constructor(tools: ConnectTools, options: SessionPoolOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#jumpHosts = new JumpHosts(tools, options.idleMs);
  }

  /** Connections open now: leased, idle, or being opened. */
  get openCount(): number {
    return this.#open;
  }

  /** Waits for a free session of the device. With `fresh` a new connection is made even if an idle one is there. */
  async lease(target: SshTarget, signal: AbortSignal, fresh = false): Promise<Lease> {
    const key = targetKey(target);
    const endpointName = endpointKey(target);
    for (;;) {
      signal.throwIfAborted();
      if (this.#stopped) throw this.#stopped;
      const idle = fresh ? undefined : this.#idleByKey.get(key)?.at(-1);
      if (idle) {
        this.#takeIdle(idle);
        return this.#leaseOf(idle.connection, key, endpointName, true);
      }
      const endpoint = this.#endpoint(endpointName);
      if (endpoint.open >= target.sessionsMax && !this.#closeIdleOf(endpointName)) {
        await endpoint.waiting.wait(signal);
      } else if (this.#open >= this.#options.sessionsMax && !this.#closeOldestIdle()) {
        await this.#waiting.wait(signal);
      } else {
        return this.#leaseOf(await this.#connect(target, endpointName, signal), key, endpointName, false);
      }
    }
  }

  /** Closes everything; tasks that hold a connection lose it. */
  async stop(): Promise<void> {
    const reason = deviceError('CONNECTION_LOST', 'The worker stops');
    this.#stopped = reason;
    for (const connecting of this.#connecting) connecting.abort(reason);
    for (const endpoint of this.#endpoints.values()) endpoint.waiting.rejectAll(reason);
    this.#waiting.rejectAll(reason);
    for (const idle of this.#idle) this.#closeIdle(idle);
    for (const connection of this.#leased) connection.destroy();
    await this.#jumpHosts.stop();
  }

  async #connect(target: SshTarget, endpointName: string, signal: AbortSignal): Promise<SshConnection> {
    this.#endpoint(endpointName).open += 1;
    this.#open += 1;
    // Not AbortSignal.any: with a source that lives as long as the process it would gather memory.
    const ending = new AbortController();
    const onAbort = (): void => ending.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#connecting.add(ending);
    let connection: SshConnection | undefined;
    try {
      const through = target.jump ? await this.#jumpHosts.forward(target.jump, target, ending.signal) : undefined;
      connection = await openSshConnection(target, this.#tools, ending.signal, through);
      return connection;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#connecting.delete(ending);
      if (connection) connection.onClose(() => this.#freeSlot(endpointName));
      else this.#freeSlot(endpointName);
    }
  }

  #leaseOf(connection: SshConnection, key: string, endpointName: string, reused: boolean): Lease {
    this.#leased.add(connection);
    let released = false;
    return {
      connection,
      reused,
      release: (reusable) => {
        if (released) return;
        released = true;
        this.#leased.delete(connection);
        if (reusable && connection.isOpen && this.#options.idleMs > 0 && !this.#stopped) {
          this.#keep(connection, key, endpointName);
        } else {
          connection.destroy();
        }
      },
    };
  }

  #keep(connection: SshConnection, key: string, endpoint: string): void {
    const timer = setTimeout(() => this.#closeIdle(idle), this.#options.idleMs);
    timer.unref();
    const forget = connection.onClose(() => this.#takeIdle(idle));
    const idle: Idle = { key, endpoint, connection, timer, forget };
    this.#idle.add(idle);
    const others = this.#idleByKey.get(key);
    if (others) others.push(idle);
    else this.#idleByKey.set(key, [idle]);
    this.#wake(endpoint);
  }

  /** Takes a connection out of the idle ones; whoever calls owns it then. */
  #takeIdle(idle: Idle): void {
    clearTimeout(idle.timer);
    idle.forget();
    this.#idle.delete(idle);
    const others = this.#idleByKey.get(idle.key)?.filter((other) => other !== idle);
    if (others && others.length > 0) this.#idleByKey.set(idle.key, others);
    else this.#idleByKey.delete(idle.key);
  }

  #closeIdle(idle: Idle): void {
    this.#takeIdle(idle);
    idle.connection.destroy();
  }

  #closeIdleOf(endpoint: string): boolean {
    for (const idle of this.#idle) {
      if (idle.endpoint !== endpoint) continue;
      this.#closeIdle(idle);
      return true;
    }
    return false;
  }

  #closeOldestIdle(): boolean {
    const [oldest] = this.#idle;
    if (oldest) this.#closeIdle(oldest);
    return oldest !== undefined;
  }

  #endpoint(name: string): Endpoint {
    let endpoint = this.#endpoints.get(name);
    if (!endpoint) {
      endpoint = { open: 0, waiting: new WaitList() };
      this.#endpoints.set(name, endpoint);
    }
    return endpoint;
  }

  #freeSlot(name: string): void {
    const endpoint = this.#endpoint(name);
    endpoint.open -= 1;
    this.#open -= 1;
    this.#wake(name);
    if (endpoint.open === 0 && endpoint.waiting.isEmpty) this.#endpoints.delete(name);
  }

  /** One who waits for this device, and one who waits for any, look again. */
  #wake(name: string): void {
    this.#endpoint(name).waiting.wakeFirst();
    this.#waiting.wakeFirst();
  }
}
