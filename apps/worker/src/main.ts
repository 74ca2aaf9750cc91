import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ConfigError,
  loadConfig,
  processEnvironment,
  readOldSecretKeys,
  readSecretKey,
  readWorkerCertificate,
} from '@runyard/config';
import { isAppError } from '@runyard/domain';
import { createLog, rememberSecret } from '@runyard/logging';
import { live } from '@runyard/process';
import { createServiceTypes } from '@runyard/service-types';
import { Worker } from './worker.ts';

const VERSION = '0.1.0';
/** What a worker has beyond its grace time to hand back and to close its connections. */
const STOP_SPARE_MS = 5_000;

async function main(): Promise<void> {
  const settings = loadConfig(processEnvironment());
  const log = createLog({ service: 'worker', level: settings.log.level, format: settings.log.format });
  const dataFolder = resolve(settings.dataFolder);
  mkdirSync(dataFolder, { recursive: true });
  if (settings.gatewayUrls.length === 0) {
    log.warn(
      'http-request services tell gateways nothing of the run that calls, so loops of such calls are not refused',
      {
        missing: 'the addresses at which services reach the gateways',
        set: 'RUNYARD_GATEWAY_URLS',
      },
    );
  }
  const worker = new Worker({
    redis: settings.redis,
    keyPrefix: settings.redis.keyPrefix,
    cluster: settings.cluster,
    version: VERSION,
    slots: settings.slots,
    sliceConcurrency: settings.sliceConcurrency,
    stopGraceMs: settings.stopGraceMs,
    outputBytesMax: settings.outputBytesMax,
    secretKey: readSecretKey(settings),
    oldSecretKeys: readOldSecretKeys(settings),
    certificate: readWorkerCertificate(settings),
    health: settings.healthPort === undefined ? null : { host: settings.host, port: settings.healthPort },
    log,
    clock: { nowMs: () => Date.now() },
    rememberSecret,
    serviceTypes: ({ bundle }) =>
      createServiceTypes({
        log,
        workRoot: join(dataFolder, 'work'),
        bundleFolder: join(dataFolder, 'bundles'),
        gitFolder: join(dataFolder, 'git'),
        pythonFolder: join(dataFolder, 'python'),
        knownHostsFile: settings.knownHostsFile ?? join(dataFolder, 'known_hosts'),
        httpAllowCidrs: settings.workerHttp.allowCidrs,
        httpDenyCidrs: settings.workerHttp.denyCidrs,
        gatewayUrls: settings.gatewayUrls,
        fetchBundle: bundle,
        inherited: processEnvironment(),
      }),
  });
  await live(worker, log, process.argv, { stopMaxMs: settings.stopGraceMs + STOP_SPARE_MS });
}

main().catch((error: unknown) => {
  const isMendable = error instanceof ConfigError || isAppError(error);
  process.stderr.write(`${isMendable ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
