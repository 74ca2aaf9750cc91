import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Algorithms, AuthContext, Connection, ServerChannel } from 'ssh2';

const { Server, utils } = ssh2;

export interface SshServerOptions {
  readonly hostKey?: string;
  readonly algorithms?: Algorithms;
  readonly username?: string;
  readonly password?: string;
  /** Log-in methods that are offered. */
  readonly methods?: readonly ('password' | 'keyboard-interactive' | 'publickey' | 'none')[];
  readonly onExec?: (channel: ServerChannel, command: string, connection: Connection) => void;
  readonly onShell?: (channel: ServerChannel, connection: Connection) => void;
  /** False refuses exec requests. */
  readonly allowsExec?: boolean;
  /** Drops the connection when a command, by its number, has come, before it is acknowledged. */
  readonly dropsExec?: (number: number) => boolean;
  /** Leaves requests for a session without an answer. */
  readonly ignoresSession?: () => boolean;
  readonly allowsForwarding?: (port: number) => boolean;
}

export interface SshServer {
  readonly port: number;
  /** The public host key as it stands in a known-hosts file. */
  readonly publicKey: string;
  /** TCP connections that came so far. */
  readonly accepted: () => number;
  /** TCP connections that are open. */
  readonly open: () => number;
  /** Log-in attempts, such as `password wrong`. */
  readonly attempts: readonly string[];
  readonly commands: readonly string[];
  /** Drops every connection without a word. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

/** A host key without a passphrase: ECDSA, because some of the Ed25519 keys that ssh2 writes are malformed. */
export function newHostKey(): string {
  return utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
}

function publicKeyOf(privateKey: string): string {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const one = Array.isArray(key) ? key[0] : key;
  return `${one.type} ${one.getPublicSSH().toString('base64')}`;
}

/** A real SSH server on 127.0.0.1 that counts what comes. Answers each command with its text unless told otherwise. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const { hostKey = newHostKey(), methods = ['password'], algorithms } = options;
  const attempts: string[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const server = new Server({ hostKeys: [hostKey], ...(algorithms ? { algorithms } : {}) }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => authenticate(context, options, methods, attempts));
    connection.on('session', (accept) => {
      if (options.ignoresSession?.()) return;
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty?.());
      session.on('exec', (acceptExec, reject, info) => {
        if (options.allowsExec === false) return reject?.();
        commands.push(info.command);
        if (options.dropsExec?.(commands.length)) return drop();
        const channel = acceptExec();
        if (options.onExec) return options.onExec(channel, info.command, connection);
        channel.write(`ran ${info.command}\n`);
        return finish(channel, 0);
      });
      session.on('shell', (acceptShell, reject) => {
        if (options.onShell) options.onShell(acceptShell(), connection);
        else reject?.();
      });
    });
    connection.on('tcpip', (accept, reject, info) => {
      if (!options.allowsForwarding?.(info.destPort)) return reject();
      const target = connect(info.destPort, info.destIP);
      target.on('error', () => reject());
      target.on('connect', () => {
        const channel = accept();
        channel.on('error', () => undefined);
        channel.pipe(target).pipe(channel);
      });
    });
  });
  const tcp = (server as unknown as { _srv: NodeJS.EventEmitter })._srv;
  tcp.on('connection', (socket: Socket) => {
    accepted += 1;
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    publicKey: publicKeyOf(hostKey),
    accepted: () => accepted,
    open: () => sockets.size,
    attempts,
    commands,
    drop,
    close: async () => {
      drop();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function authenticate(
  context: AuthContext,
  { username = 'admin', password = 'secret' }: SshServerOptions,
  methods: readonly string[],
  attempts: string[],
): void {
  const refuse = (): void => context.reject([...methods] as never);
  const isUser = context.username === username;
  if (!methods.includes(context.method)) {
    attempts.push(context.method);
    refuse();
  } else if (context.method === 'password') {
    attempts.push(`password ${context.password}`);
    if (isUser && context.password === password) context.accept();
    else refuse();
  } else if (context.method === 'keyboard-interactive') {
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
      attempts.push(`keyboard-interactive ${answers[0]}`);
      if (isUser && answers[0] === password) context.accept();
      else refuse();
    });
  } else if (context.method === 'none') {
    context.accept();
  } else {
    attempts.push(context.method);
    refuse();
  }
}

/** Ends a channel the way a program does that has ended. */
export function finish(channel: ServerChannel, exitCode: number): void {
  channel.exit(exitCode);
  channel.end();
}
