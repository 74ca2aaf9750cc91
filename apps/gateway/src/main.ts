import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ConfigError,
  loadConfig,
  processEnvironment,
  readOldSecretKeys,
  readSecretKey,
  type Settings,
} from '@runyard/config';
import { AppError } from '@runyard/domain';
import { createLog, withLogContext } from '@runyard/logging';
import { live } from '@runyard/process';
import { Gateway } from './compose.ts';

const VERSION = '0.1.0';
/** What a gateway has beyond its grace time to close its connections. */
const STOP_SPARE_MS = 5_000;

async function main(): Promise<void> {
  const env = processEnvironment();
  const settings = loadConfig(env);
  const log = createLog({ service: 'gateway', level: settings.log.level, format: settings.log.format });
  const gateway = new Gateway({
    host: settings.host,
    port: settings.port,
    redis: settings.redis,
    keyPrefix: settings.redis.keyPrefix,
    durability: settings.durability,
    secretKey: readSecretKey(settings),
    oldSecretKeys: readOldSecretKeys(settings),
    stopGraceMs: settings.stopGraceMs,
    callbacks: settings.callbacks,
    catalog: settings.catalog === undefined ? null : { path: settings.catalog, env },
    dashboardFolder: builtDashboard(),
    queueJobsMax: settings.queueJobsMax,
    settings: httpSettings(settings),
    oidc: oidcSettings(settings),
    adminPassword: settings.adminPassword,
    onFirstPassword: (password) =>
      process.stderr.write(`The user admin was created with the password ${password} (shown this once).\n`),
    log,
    withLogContext,
    clock: { nowMs: () => Date.now() },
  });
  await live(gateway, log, process.argv, { stopMaxMs: settings.stopGraceMs + STOP_SPARE_MS });
}

/** All three or none: `loadConfig` sees to that. */
function oidcSettings({ oidc }: Settings) {
  const { issuer, clientId, redirectUrl, ...others } = oidc;
  if (issuer === undefined || clientId === undefined || redirectUrl === undefined) return undefined;
  return { issuer, clientId, redirectUrl, ...others };
}

function httpSettings(settings: Settings) {
  return {
    version: VERSION,
    bodyBytesMax: settings.http.bodyBytesMax,
    trustedProxies: settings.trustedProxies,
    syncWaitMaxSeconds: settings.syncWaitMaxSeconds,
    enmsTargetRule: settings.enms.targetRule,
    gatewayManagerWaitMs: settings.gatewayManager.waitMs,
    anonymousAccount: settings.anonymousAccount,
  };
}

/** The dashboard is built beside the gateway; without it everything else works. */
function builtDashboard(): string | null {
  const folder = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
  return existsSync(folder) ? folder : null;
}

main().catch((error: unknown) => {
  process.stderr.write(`${startProblem(error)}\n`);
  process.exit(1);
});

/** What a person who starts it can mend is said in a sentence; anything else with where it happened. */
function startProblem(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof AppError) {
    const places = (error.errors ?? []).map(({ file, path, message }) => `\n  ${file ?? ''} ${path} ${message}`);
    return `${error.message}${places.join('')}`;
  }
  return String(error instanceof Error ? (error.stack ?? error) : error);
}
