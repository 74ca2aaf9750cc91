import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxyOptions {
  readonly target: { readonly port: number; readonly host?: string };
  readonly latencyMs?: number;
}

/** Stands between a client and a server, and breaks what is between them. */
export interface TcpProxy {
  readonly address: string;
  readonly port: number;
  /** Added to each chunk of bytes, each way; may be changed at any time. */
  latencyMs: number;
  readonly connections: number;
  /** Breaks every connection with a reset. New ones are accepted. */
  cut(): void;
  /** Connections stay open and nothing passes any more, as when a cable is pulled. New ones hang too. */
  freeze(): void;
  /** The same for some of the connections: those that the server sees coming from these ports. */
  freezeOnly(ports: readonly number[]): void;
  /** The same for the connections whose clients sent this text among their first bytes, and for those that will. */
  freezeSaying(text: string): void;
  /** The ports from which the server sees the connections coming. */
  readonly ports: readonly number[];
  /** Lets everything held back by `freeze` through. */
  thaw(): void;
  /** Breaks every connection and refuses new ones. */
  block(): Promise<void>;
  /** Ends `block`, on the same port. */
  unblock(): Promise<void>;
  stop(): Promise<void>;
}

/** A proxy on a free port of 127.0.0.1. */
export async function tcpProxy({ target, latencyMs = 0 }: TcpProxyOptions): Promise<TcpProxy> {
  const links = new Set<Link>();
  const state = { latencyMs, isFrozen: false, frozenPorts: new Set<number>(), frozenText: '' };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const onward = connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true });
    const isFrozen = (): boolean =>
      state.isFrozen ||
      state.frozenPorts.has(onward.localPort ?? 0) ||
      (state.frozenText !== '' && link.head.includes(state.frozenText));
    const link: Link = new Link(client, onward, () => ({ latencyMs: state.latencyMs, isFrozen: isFrozen() }));
    links.add(link);
    link.onEnd(() => links.delete(link));
  });
  const cut = (): void => {
    for (const link of links) link.reset();
  };
  const block = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    address: '127.0.0.1',
    port,
    get latencyMs() {
      return state.latencyMs;
    },
    set latencyMs(value: number) {
      state.latencyMs = value;
    },
    get connections() {
      return links.size;
    },
    cut,
    freeze: () => {
      state.isFrozen = true;
    },
    freezeOnly: (ports) => {
      for (const one of ports) state.frozenPorts.add(one);
    },
    freezeSaying: (text) => {
      state.frozenText = text;
    },
    get ports() {
      return [...links].map((link) => link.port);
    },
    thaw: () => {
      state.isFrozen = false;
      state.frozenPorts.clear();
      state.frozenText = '';
      for (const link of links) link.flush();
    },
    block,
    unblock: () => listen(port),
    stop: block,
  };
}

const HEAD_SIZE = 1_024;

interface LinkState {
  readonly latencyMs: number;
  readonly isFrozen: boolean;
}

/** One connection through the proxy: two sockets, and two queues of what is under way between them. */
class Link {
  /** What the client sent first. */
  head = '';
  readonly #server: Socket;
  readonly #sockets: readonly Socket[];
  readonly #flushes: readonly (() => void)[];

  constructor(client: Socket, server: Socket, state: () => LinkState) {
    this.#server = server;
    this.#sockets = [client, server];
    this.#flushes = [carry(client, server, state), carry(server, client, state)];
    // Before it is carried on.
    client.prependListener('data', (chunk: Buffer) => {
      if (this.head.length < HEAD_SIZE) this.head += chunk.toString('latin1').slice(0, HEAD_SIZE);
    });
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      // Whatever breaks one side breaks the other.
      socket.on('error', () => this.reset());
      socket.on('close', (hadError) => hadError && this.reset());
    }
  }

  /** The port from which the server sees it coming; 0 before it is connected. */
  get port(): number {
    return this.#server.localPort ?? 0;
  }

  onEnd(listener: () => void): void {
    let open = this.#sockets.length;
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        open -= 1;
        if (open === 0) listener();
      });
    }
  }

  reset(): void {
    for (const socket of this.#sockets) {
      // A reset beside a shutdown that is under way fails inside Node 20, which then never ends its process.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  flush(): void {
    for (const flush of this.#flushes) flush();
  }
}

/** Carries bytes and the end of the stream, in order, each at its time. Returns the function that looks again. */
function carry(from: Socket, to: Socket, state: () => LinkState): () => void {
  const queue: { readonly atMs: number; readonly chunk: Buffer | null }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (chunk: Buffer | null): void => {
    if (chunk === null) to.end();
    else if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  const flush = (): void => {
    clearTimeout(timer);
    const { isFrozen } = state();
    while (!isFrozen && queue[0] && queue[0].atMs <= performance.now()) send(queue.shift()?.chunk ?? null);
    // One millisecond more than asked for: a timer may fire early by less than that.
    if (!isFrozen && queue[0]) timer = setTimeout(flush, queue[0].atMs - performance.now() + 1);
  };
  const push = (chunk: Buffer | null): void => {
    const { latencyMs, isFrozen } = state();
    queue.push({ atMs: performance.now() + latencyMs, chunk });
    if (isFrozen) from.pause();
    else flush();
  };
  from.on('data', push);
  from.on('end', () => push(null));
  to.on('close', () => clearTimeout(timer));
  return () => {
    from.resume();
    flush();
  };
}
