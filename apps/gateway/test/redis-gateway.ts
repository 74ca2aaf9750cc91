import type { MemoryLog, TestRedis } from '@runyard/testkit';
import { Gateway } from '../src/compose.ts';

export const PASSWORD = 'a password for tests';

/** A gateway on real Redis that listens on a port of its own; `listeningUrl` tells where once it is started. */
export function gatewayOn(
  redis: TestRedis,
  log: MemoryLog,
  more: Partial<ConstructorParameters<typeof Gateway>[0]> = {},
): Gateway {
  return new Gateway({
    host: '127.0.0.1',
    port: 0,
    redis: { url: redis.url },
    keyPrefix: 'test',
    secretKey: new Uint8Array(32),
    stopGraceMs: 2_000,
    catalog: null,
    dashboardFolder: null,
    queueJobsMax: 100_000,
    settings: {
      version: '0',
      bodyBytesMax: 1_000_000,
      trustedProxies: [],
      syncWaitMaxSeconds: 5,
      enmsTargetRule: 'seed',
      gatewayManagerWaitMs: 5_000,
    },
    adminPassword: PASSWORD,
    onFirstPassword: () => undefined,
    log,
    withLogContext: (_fields, work) => work(),
    clock: { nowMs: () => Date.now() },
    ...more,
  });
}

export function listeningUrl(log: MemoryLog): string {
  return String(log.entries.find(({ message }) => message === 'gateway started')?.fields['url']);
}
