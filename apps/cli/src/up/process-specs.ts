import { join } from 'node:path';
import type { Environment } from '@runyard/config';
import type { ProcessSpec } from './child-process.ts';
import { UP_CLUSTERS, UP_DEVICES, type UpPlan } from './up-plan.ts';

/** Tells a process to end when its standard input closes: then we are gone. */
const EXIT_WITH_PARENT = '--exit-with-parent';

// Started from source, as `npm run dev` does, the others are started from source too.
const isSource = import.meta.url.endsWith('.ts');
const LOADER = isSource ? ['--conditions=@runyard/source', '--import', 'tsx'] : [];

/** Settings of ours and secrets that not every process needs are named for those that do. */
const NOT_INHERITED = ['RUNYARD_ADMIN_PASSWORD', 'RUNYARD_ADMIN_PASSWORD_FILE', 'RUNYARD_API_KEY', 'RUNYARD_PASSWORD'];

export function gatewaySpec(plan: UpPlan, redisUrl: string, port: number): ProcessSpec {
  return processSpec(plan, 'gateway', 'apps/gateway', {
    ...sharedSettings(plan, redisUrl),
    RUNYARD_PORT: String(port),
    RUNYARD_ADMIN_PASSWORD: plan.secrets.adminPassword,
    RUNYARD_DATA: join(plan.data.path, 'gateway'),
  });
}

export function workerSpecs(plan: UpPlan, redisUrl: string, gatewayUrl: string): ProcessSpec[] {
  return UP_CLUSTERS.map((cluster) =>
    processSpec(plan, `worker-${cluster}`, 'apps/worker', {
      ...sharedSettings(plan, redisUrl),
      RUNYARD_CLUSTER: cluster,
      RUNYARD_GATEWAY_URLS: [...plan.settings.gatewayUrls, gatewayUrl].join(','),
      RUNYARD_DATA: join(plan.data.path, `worker-${cluster}`),
      RUNYARD_KNOWN_HOSTS_FILE: plan.settings.knownHostsFile ?? ownKnownHostsFile(plan),
    }),
  );
}

/** The host keys that our workers have seen, unless the settings name another file. */
export function ownKnownHostsFile(plan: UpPlan): string {
  return join(plan.data.path, 'known_hosts');
}

/** The catalog file that the simulated devices write when all of them listen. */
export function devicesFile(plan: UpPlan): string {
  return join(plan.data.path, 'devices.yaml');
}

export function devicesSpec(plan: UpPlan): ProcessSpec {
  const options = ['--count', UP_DEVICES, '--clusters', UP_CLUSTERS.join(','), '--catalog', devicesFile(plan)];
  const spec = processSpec(plan, 'devices', 'packages/testkit', {}, 'devices/main');
  return { ...spec, args: [...spec.args, ...options.map(String)] };
}

function processSpec(plan: UpPlan, name: string, folder: string, settings: Environment, entry = 'main'): ProcessSpec {
  const file = isSource ? `src/${entry}.ts` : `dist/${entry}.js`;
  const inherited = Object.fromEntries(Object.entries(plan.env).filter(([key]) => !NOT_INHERITED.includes(key)));
  return {
    name,
    command: plan.node.command,
    args: [...LOADER, join(plan.projectRoot, folder, file), EXIT_WITH_PARENT],
    env: { ...inherited, ...settings },
    cwd: plan.projectRoot,
    logFile: join(plan.data.path, 'logs', `${name}.log`),
  };
}

function sharedSettings({ env, secrets }: UpPlan, redisUrl: string): Environment {
  return {
    RUNYARD_REDIS_URL: redisUrl,
    RUNYARD_LOG_FORMAT: env['RUNYARD_LOG_FORMAT'] || 'text',
    ...(secrets.secretKeyFile === undefined ? {} : { RUNYARD_SECRET_KEY_FILE: secrets.secretKeyFile }),
  };
}
