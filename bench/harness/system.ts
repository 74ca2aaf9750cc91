import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type CatalogChange, type Service, SERVICE_DEFAULTS } from '@runyard/domain';
import { closeRedis, connectRedis } from '@runyard/redis';
import { createKeys, createSecretBox, RedisCatalogStore } from '@runyard/store';
import type { Bench } from './bench.ts';
import { KEY_PREFIX } from './bench-redis.ts';
import type { Child } from './child-process.ts';

const SECRET_KEY = randomBytes(32);
const ADMIN_PASSWORD = randomBytes(16).toString('hex');
const CHANGES_AT_ONCE = 1_000;
const READY_MS_MAX = 30_000;

/** A gateway that answers. */
export interface Gateway {
  readonly child: Child;
  readonly port: number;
  /** Value of the Authorization header of the administrator. */
  readonly authorization: string;
}

export const secretBox = createSecretBox(SECRET_KEY);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Writes into the catalog of ours, as `apply` does. */
export async function putCatalog({ redis }: Bench, changes: readonly CatalogChange[]): Promise<void> {
  const connection = await connectRedis({ url: redis.url('ours') }, 'background', quiet);
  const store = new RedisCatalogStore({
    connection,
    keys: createKeys(KEY_PREFIX),
    clock: { nowMs: () => Date.now() },
  });
  let { revision } = await store.view();
  for (let first = 0; first < changes.length; first += CHANGES_AT_ONCE) {
    revision = await store.write(changes.slice(first, first + CHANGES_AT_ONCE), revision);
  }
  await closeRedis(connection);
}

/** A service that does nothing on each of its devices. */
export function noOpService(name: string, settings: Service['settings'] = {}): CatalogChange {
  return putService({ name, type: 'no-op', settings });
}

export function putService(service: Pick<Service, 'name' | 'type' | 'settings'> & Partial<Service>): CatalogChange {
  return { kind: 'service', action: 'put', item: { ...SERVICE_DEFAULTS, ...service } };
}

/** Devices `d000000`, `d000001` … and a pool `all` that holds every one of them by a rule. */
export function devicesAndPool(count: number): CatalogChange[] {
  const devices = Array.from({ length: count }, (_, index): CatalogChange => {
    const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    const attributes = { site: `s${index % 50}`, role: index % 3 === 0 ? 'core' : 'edge' };
    return {
      kind: 'device',
      action: 'put',
      item: { name: deviceName(index), address, cluster: 'default', attributes },
    };
  });
  return [
    ...devices,
    { kind: 'pool', action: 'put', item: { name: 'all', rule: { all: [{ property: 'name', matches: '^d[0-9]+$' }] } } },
  ];
}

export function deviceName(index: number): string {
  return `d${String(index).padStart(6, '0')}`;
}

function settings({ redis, folder }: Bench): Record<string, string> {
  return {
    RUNYARD_REDIS_URL: redis.url('ours'),
    RUNYARD_REDIS_PREFIX: KEY_PREFIX,
    RUNYARD_SECRET_KEY: SECRET_KEY.toString('hex'),
    RUNYARD_DATA: join(folder, 'data'),
  };
}

/** Starts the gateway as in production and resolves when it is ready. */
export async function startGateway(bench: Bench): Promise<Gateway> {
  const port = await freePort();
  const environment = { ...settings(bench), RUNYARD_PORT: String(port), RUNYARD_ADMIN_PASSWORD: ADMIN_PASSWORD };
  const child = bench.application('gateway', environment);
  await untilReady(child, port);
  const authorization = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`;
  return { child, port, authorization };
}

/** Starts a worker of the default cluster as in production and resolves when it is ready. */
export async function startWorker(bench: Bench, more: Readonly<Record<string, string>> = {}): Promise<Child> {
  const port = await freePort();
  const child = bench.application('worker', { ...settings(bench), RUNYARD_HEALTH_PORT: String(port), ...more });
  await untilReady(child, port);
  return child;
}

export function startWorkers(
  bench: Bench,
  count: number,
  more: Readonly<Record<string, string>> = {},
): Promise<Child[]> {
  return Promise.all(Array.from({ length: count }, () => startWorker(bench, more)));
}

async function untilReady(child: Child, port: number): Promise<void> {
  const endMs = Date.now() + READY_MS_MAX;
  for (;;) {
    if (!child.isRunning) throw new Error(`${child.name} ended: ${child.tail()}`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    await response?.arrayBuffer();
    if (response?.ok) return;
    if (Date.now() > endMs) throw new Error(`${child.name} was not ready in time: ${child.tail()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
