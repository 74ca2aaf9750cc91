import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { CommandEvent } from './command-log.ts';
import { DelayedSocket } from './delayed-socket.ts';
import type { DeviceFault } from './device-fault.ts';
import { generateHostKey, type HostKey } from './host-key.ts';
import type { DeviceState } from './platforms/device-state.ts';
import type { SessionHost } from './session-host.ts';
import { type Login, serveConnection } from './ssh-connection.ts';

/** What all devices of a fleet share. */
export interface FleetContext {
  readonly address: string;
  readonly latencyMs: number;
  readonly connectionsMax: number;
  readonly login: Login;
  nextConnection(): number;
  log(event: CommandEvent): void;
}

/** Connections as one device saw them. */
export interface ConnectionCounts {
  open: number;
  /** Most at the same time. */
  peak: number;
  total: number;
  logins: number;
  refusedLogins: number;
  /** Closed at once because there were too many. */
  turnedAway: number;
}

// The elliptic curve first: the cheapest handshake for both sides.
const KEY_EXCHANGES = ['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'diffie-hellman-group14-sha256'] as const;
const GARBAGE = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 131 + 7) & 255));

/** One device: a listener, and the SSH server behind it, which is made at the first connection. */
export class SimulatedDevice {
  readonly state: DeviceState;
  readonly counts: ConnectionCounts = { open: 0, peak: 0, total: 0, logins: 0, refusedLogins: 0, turnedAway: 0 };
  readonly #fleet: FleetContext;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #hostKey: HostKey;
  #otherKey: HostKey | undefined;
  #ssh: { readonly key: HostKey; readonly server: ssh2.Server } | undefined;
  #fault: DeviceFault | null = null;
  #port = 0;
  #change: Promise<void> = Promise.resolve();
  /** Connections by where they come from, which is unique for one listener. */
  readonly #connections = new Map<string, { readonly socket: Socket; readonly number: number }>();

  constructor(state: DeviceState, hostKey: HostKey, fleet: FleetContext) {
    this.state = state;
    this.#hostKey = hostKey;
    this.#fleet = fleet;
    this.#listener = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get name(): string {
    return this.state.name;
  }

  get port(): number {
    return this.#port;
  }

  get fault(): DeviceFault | null {
    return this.#fault;
  }

  /** The key that is shown now, `changed-host-key` or not. */
  get hostKey(): HostKey {
    if (this.#fault?.kind !== 'changed-host-key') return this.#hostKey;
    this.#otherKey ??= generateHostKey();
    return this.#otherKey;
  }

  /** Rejects with the error of the listener, EADDRINUSE among them. */
  async listen(port: number): Promise<void> {
    this.#listener.listen({ port, host: this.#fleet.address, backlog: 128 });
    await once(this.#listener, 'listening');
    const address = this.#listener.address();
    if (typeof address === 'object' && address) this.#port = address.port;
  }

  async close(): Promise<void> {
    const closed = this.#listener.listening ? once(this.#listener, 'close') : undefined;
    this.#listener.close(() => undefined);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Resolves when the fault is in force: after `refuse` nobody listens, after its end somebody does. */
  setFault(fault: DeviceFault | null): Promise<void> {
    this.#change = this.#change.then(async () => {
      this.#fault = fault;
      if (fault?.kind === 'refuse') await this.close();
      else if (!this.#listener.listening) await this.listen(this.#port);
    });
    return this.#change;
  }

  changeHostKey(): HostKey {
    this.#hostKey = generateHostKey();
    return this.#hostKey;
  }

  #accept(socket: Socket): void {
    const { counts } = this;
    counts.total += 1;
    socket.on('error', () => undefined);
    if (this.#sockets.size >= this.#fleet.connectionsMax) {
      counts.turnedAway += 1;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    counts.open += 1;
    counts.peak = Math.max(counts.peak, counts.open);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      counts.open -= 1;
    });
    if (this.#fault?.kind === 'hang') socket.resume();
    else if (this.#fault?.kind === 'banner-garbage') socket.resume().write(GARBAGE);
    else this.#serve(socket);
  }

  #serve(socket: Socket): void {
    const { latencyMs } = this.#fleet;
    const from = origin(socket.remoteAddress, socket.remotePort);
    this.#connections.set(from, { socket, number: this.#fleet.nextConnection() });
    socket.on('close', () => this.#connections.delete(from));
    if (latencyMs === 0) {
      this.#sshServer().injectSocket(socket);
      return;
    }
    // The connect itself takes a round trip too.
    const inject = (): unknown =>
      this.#sshServer().injectSocket(new DelayedSocket(socket, latencyMs) as unknown as Socket);
    const timer = setTimeout(inject, latencyMs);
    socket.on('close', () => clearTimeout(timer));
  }

  #sshServer(): ssh2.Server {
    const { hostKey } = this;
    if (this.#ssh?.key !== hostKey) this.#ssh = { key: hostKey, server: this.#createServer(hostKey) };
    return this.#ssh.server;
  }

  #createServer({ key }: HostKey): ssh2.Server {
    const config = { hostKeys: [{ key }], ident: 'Simulated_1', algorithms: { kex: [...KEY_EXCHANGES] } };
    return new ssh2.Server(config, (client, { ip, port }) => {
      const connection = this.#connections.get(origin(ip, port));
      if (!connection) return;
      const host = this.#sessionHost(connection.socket, connection.number);
      serveConnection(client, this.#fleet.login, host, (isIn) => {
        if (isIn) this.counts.logins += 1;
        else this.counts.refusedLogins += 1;
      });
    });
  }

  #sessionHost(socket: Socket, connection: number): SessionHost {
    const fault = (): DeviceFault | null => this.#fault;
    return {
      state: this.state,
      get fault() {
        return fault();
      },
      begin: (command) => {
        const event: CommandEvent = { device: this.name, command, connection, atMs: Date.now() };
        this.#fleet.log(event);
        return event;
      },
      drop: () => socket.destroySoon(),
    };
  }
}

function origin(address: string | undefined, port: number | undefined): string {
  return `${address}:${port}`;
}
