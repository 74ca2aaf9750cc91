import { createClient, type RunyardClient } from '@runyard/client';
import {
  type DeviceFleet,
  type GatewayProcess,
  type HistoryEvent,
  type Installation,
  type ServerProcess,
  startDeviceFleet,
  startInstallation,
  type TcpProxy,
  tcpProxy,
} from '@runyard/testkit';
import type { LoadName } from './plan.ts';
import { StoreWatch } from './store-watch.ts';

export interface Sizes {
  readonly smallRuns: number;
  readonly bigDevices: number;
  readonly sshDevices: number;
  readonly lockDevices: number;
  readonly workflowDevices: number;
  readonly schedules: number;
}

export const FULL: Sizes = {
  smallRuns: 1_000,
  bigDevices: 5_000,
  sshDevices: 100,
  lockDevices: 300,
  workflowDevices: 200,
  schedules: 1_000,
};
export const QUICK: Sizes = {
  smallRuns: 300,
  bigDevices: 2_000,
  sshDevices: 40,
  lockDevices: 150,
  workflowDevices: 60,
  schedules: 300,
};

export interface LabWorker {
  readonly id: string;
  readonly process: ServerProcess;
  /** Between the worker and Redis. */
  readonly proxy: TcpProxy;
}

export interface LabGateway {
  readonly process: GatewayProcess['process'];
  readonly client: RunyardClient;
}

/** One Runyard that is there to be broken: two gateways, two workers of one cluster, Redis on disk. */
export interface Lab {
  readonly runyard: Installation;
  readonly watch: StoreWatch;
  readonly fleet: DeviceFleet | null;
  readonly workers: readonly LabWorker[];
  readonly gateways: LabGateway[];
  readonly proxies: readonly TcpProxy[];
  /** What the driver itself did and was told. */
  readonly events: HistoryEvent[];
  readonly sizes: Sizes;
  startGateway(): Promise<LabGateway>;
  stop(): Promise<void>;
}

const WORKERS = 2;
/** So few that each load goes on well beyond the fault. */
const SLOTS: Readonly<Record<LoadName, number>> = {
  small: 32,
  big: 32,
  ssh: 3,
  locks: 32,
  workflow: 8,
  schedules: 32,
};
const BIG_MS = 250;
/** Devices of the load with locks share them: those of one site are in work one at a time. */
const LOCK_MS = 100;
const SITES = 5;
const SSH_LATENCY_MS = 60;

export async function startLab(load: LoadName, sizes: Sizes): Promise<Lab> {
  const fleet =
    load === 'ssh'
      ? await startDeviceFleet({ count: sizes.sshDevices, latencyMs: SSH_LATENCY_MS, platforms: ['cisco-ios'] })
      : null;
  const runyard = await startInstallation({ appendOnly: true, env: { RUNYARD_SLOTS: String(SLOTS[load]) } });
  const watch = new StoreWatch(runyard.redis.port);
  await watch.open();
  const proxies: TcpProxy[] = [];
  const viaProxy = async (): Promise<{ proxy: TcpProxy; env: Readonly<Record<string, string>> }> => {
    const proxy = await tcpProxy({ target: { port: runyard.redis.port } });
    proxies.push(proxy);
    return { proxy, env: { RUNYARD_REDIS_URL: `redis://127.0.0.1:${proxy.port}` } };
  };
  const gatewayOf = ({ process, url }: GatewayProcess): LabGateway => ({
    process,
    client: createClient({ url, ...runyard.user }),
  });
  const startGateway = async (): Promise<LabGateway> => {
    const gateway = gatewayOf(await runyard.startGateway((await viaProxy()).env));
    gateways.push(gateway);
    return gateway;
  };
  const gateways = runyard.gateways.map(gatewayOf);
  await startGateway();
  const workers: LabWorker[] = [];
  for (let count = 0; count < WORKERS; count += 1) {
    const { proxy, env } = await viaProxy();
    const process = await runyard.startWorker('ams', env);
    workers.push({ id: String(process.ready.workerId), process, proxy });
  }
  await applyCatalog(runyard, load, fleet, sizes);
  return {
    runyard,
    watch,
    fleet,
    workers,
    gateways,
    proxies,
    events: [],
    sizes,
    startGateway,
    async stop() {
      watch.close();
      for (const proxy of proxies) proxy.thaw();
      await runyard.stop();
      for (const proxy of proxies) await proxy.stop();
      await fleet?.stop();
    },
  };
}

async function applyCatalog(
  runyard: Installation,
  load: LoadName,
  fleet: DeviceFleet | null,
  sizes: Sizes,
): Promise<void> {
  const count = {
    small: 10,
    big: sizes.bigDevices,
    ssh: 10,
    locks: sizes.lockDevices,
    workflow: sizes.workflowDevices,
    schedules: 10,
  }[load];
  const plain = Array.from({ length: count }, (_, index) => ({
    name: `d${String(index + 1).padStart(5, '0')}`,
    address: '127.0.0.1',
    cluster: 'ams',
    attributes: { site: `site-${index % SITES}` },
  }));
  const simulated = fleet?.devices.map(({ name, address, port }) => ({
    name,
    address,
    port,
    platform: 'cisco-ios',
    cluster: 'ams',
    credential: 'lab',
    ssh: { hostKey: 'accept-new' } as const,
  }));
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      serviceAccounts: [{ name: STORM_ACCOUNT, roles: ['operator'] }],
      credentials: fleet ? [{ name: 'lab', username: fleet.username, password: fleet.password }] : [],
      devices: simulated ?? plain,
      pools: [{ name: 'all', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
      services: [
        { name: 'small', type: 'no-op', delay: '20ms' },
        { name: 'big', type: 'no-op', delay: `${BIG_MS}ms`, targets: { pools: ['all'] } },
        {
          name: 'locks',
          type: 'no-op',
          delay: `${LOCK_MS}ms`,
          targets: { pools: ['all'] },
          lock: '{{ device.attributes.site }}',
        },
        { name: 'ssh', type: 'ssh-command', commands: [SSH_COMMAND], targets: { pools: ['all'] } },
        { name: 'workflow', type: 'workflow', targets: { pools: ['all'] }, steps: WORKFLOW_STEPS },
      ],
    },
  });
}

/** As whom the schedules run. */
export const STORM_ACCOUNT = 'sa-storm';
/** Runs that each device of the workflow starts. */
export const CHILDREN = 2;

/** Work, a run to wait for, a time, and a run to leave alone: each is a place at which a worker may die. */
const WORKFLOW_STEPS = [
  { id: 'before', type: 'no-op', delay: '100ms' },
  { id: 'waited', type: 'run-service', service: 'small', devices: ['{{ device.name }}'] },
  { id: 'pause', type: 'wait', for: '300ms' },
  { id: 'left', type: 'run-service', service: 'small', devices: ['{{ device.name }}'], mode: 'detach' },
  { id: 'after', type: 'no-op', delay: '100ms' },
] as const;

/** The one command of the SSH load: a device that is told it begins the work of the run. */
export const SSH_COMMAND = 'show version';
