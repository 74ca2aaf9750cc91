import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createClient, type RunyardClient } from '@runyard/client';
import { startTestRedis, type TestRedis } from './redis.ts';
import { watchInstallation } from './secrets/watch-installation.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { tempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

export interface InstallationOptions {
  /** Cluster of each worker to start; the same name twice gives two workers. */
  readonly workers?: readonly string[];
  /** Keeps Redis on disk, for tests that kill it. */
  readonly appendOnly?: boolean;
  /** A Redis that the caller started and stops, such as a Cluster; else one is started. */
  readonly redis?: { readonly url: string };
  /** Further settings of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GatewayProcess {
  readonly process: ServerProcess;
  readonly url: string;
}

interface CallOptions extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole Runyard of real processes on this machine: Redis, gateways, workers. Built code only. */
export interface Installation {
  /** The Redis that was started with it. Throws when it is the caller's. */
  readonly redis: TestRedis;
  readonly user: { readonly username: string; readonly password: string };
  readonly gateways: GatewayProcess[];
  readonly workers: ServerProcess[];
  readonly client: RunyardClient;
  /** The authorization header of the administrator. */
  readonly authorization: string;
  /** A call to the first gateway as the administrator; a body makes it a POST with JSON. */
  call(path: string, body?: unknown, init?: CallOptions): Promise<Response>;
  startGateway(env?: Readonly<Record<string, string>>): Promise<GatewayProcess>;
  startWorker(cluster: string, env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  /** From now on no key of Redis, line of a log or answer may hold the value; `stop` rejects when one did. */
  plantSecret(name: string, value: string): void;
  /** Rejects when one of its secrets was where none may be, after everything is stopped. */
  stop(): Promise<void>;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const folder = await tempFolder('runyard-installation-');
  const redis = options.redis ? null : await startTestRedis({ appendOnly: options.appendOnly ?? false });
  const user = { username: 'admin', password: randomBytes(12).toString('hex') };
  const authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const env = {
    RUNYARD_REDIS_URL: (options.redis ?? redis)?.url ?? '',
    RUNYARD_SECRET_KEY: randomBytes(32).toString('base64'),
    RUNYARD_STOP_GRACE: '5s',
    ...options.env,
  };
  const gateways: GatewayProcess[] = [];
  const workers: ServerProcess[] = [];
  const secrets = watchInstallation({ ...env, RUNYARD_ADMIN_PASSWORD: user.password }, (origin) =>
    gateways.some(({ url }) => url === origin),
  );

  const startGateway = async (more: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> => {
    const process = await startServerProcess({
      workspace: 'apps/gateway',
      readyMessage: 'gateway started',
      env: {
        ...env,
        RUNYARD_PORT: '0',
        RUNYARD_ADMIN_PASSWORD: user.password,
        RUNYARD_DATA: join(folder.path, 'gateway'),
        ...more,
      },
      onLine: secrets.line('gateway'),
    });
    const gateway = { process, url: String(process.ready.url) };
    gateways.push(gateway);
    return gateway;
  };
  const startWorker = async (cluster: string, more: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
    const worker = await startServerProcess({
      workspace: 'apps/worker',
      readyMessage: 'worker started',
      env: {
        ...env,
        RUNYARD_CLUSTER: cluster,
        RUNYARD_DATA: join(folder.path, `worker-${workers.length}`),
        RUNYARD_KNOWN_HOSTS_FILE: join(folder.path, 'known_hosts'),
        ...more,
      },
      onLine: secrets.line('worker'),
    });
    workers.push(worker);
    return worker;
  };

  const first = await startGateway();
  for (const cluster of options.workers ?? []) await startWorker(cluster);
  return {
    get redis() {
      if (!redis) throw new Error('This installation uses a Redis of its caller');
      return redis;
    },
    user,
    gateways,
    workers,
    authorization,
    client: createClient({ url: first.url, ...user }),
    startGateway,
    startWorker,
    plantSecret: secrets.plant,
    call: (path, body, init = {}) =>
      fetch(`${first.url}${path}`, {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        ...init,
        headers: {
          authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...init.headers,
        },
      }),
    async stop() {
      const processes = [...gateways.map(({ process }) => process), ...workers].filter((each) => each.isAlive());
      for (const each of processes) each.signal('SIGCONT');
      await Promise.all(processes.map((each) => each.stop()));
      try {
        await secrets.end();
      } finally {
        await redis?.stop();
        await folder.remove();
      }
    },
  };
}

/** Resolves when the run has ended, with its final state. */
export async function untilEnded(client: RunyardClient, runId: string, timeoutMs = 60_000): Promise<string> {
  const ended = new Set(['succeeded', 'failed', 'cancelled', 'denied', 'expired']);
  return waitFor(
    async () => {
      const { state } = await client.runs.get(runId);
      return ended.has(state) ? state : null;
    },
    { timeoutMs, intervalMs: 50 },
  );
}
