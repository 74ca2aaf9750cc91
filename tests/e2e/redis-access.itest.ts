import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '@runyard/redis';
import {
  type Certificates,
  type Installation,
  makeCertificates,
  MemoryLog,
  needs,
  startInstallation,
  startTestRedis,
  startTestRedisCluster,
  tempFolder,
  type TempFolder,
  type TestRedis,
  untilEnded,
} from '@runyard/testkit';

const PASSWORD = 'a password for tests';

let folder: TempFolder;
let certificates: Certificates;
beforeAll(async () => {
  folder = await tempFolder('runyard-redis-access-');
  certificates = makeCertificates(folder.path);
});
afterAll(() => folder.remove());

function tlsArgs(): string[] {
  const { caFile, certFile, keyFile } = certificates;
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', caFile];
  return [...files, '--tls-auth-clients', 'no'];
}

/** The line of the operations page, with our password. */
function aclRules(): string[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const line = /^ACL SETUSER (.+)$/m.exec(page)?.[1] ?? '';
  expect(line).toContain('~runyard:*');
  return line.split(' ').map((word) => (word.startsWith('>') ? `>${PASSWORD}` : word));
}

/** A run of one device, from the call to its end, with everything that a run may have to wait for. */
async function runOnce({ client }: Installation): Promise<string> {
  await client.catalog.apply({
    catalog: {
      clusters: [{ name: 'default', rate: { devices: 100, per: '1s' } }],
      devices: [{ name: 'd1', address: '192.0.2.1' }],
      pools: [{ name: 'all', devices: ['d1'] }],
      services: [{ name: 'nothing', type: 'no-op', targets: { pools: ['all'] }, lock: 'device', maxConcurrent: 1 }],
    },
  });
  const { id } = await client.runs.create({ service: 'nothing' });
  return untilEnded(client, id);
}

needs(
  describe,
  'redis-server',
  'openssl',
)('Redis with TLS and a user with few rights', () => {
  let redis: TestRedis;
  let url: string;
  beforeAll(async () => {
    redis = await startTestRedis({ extraArgs: (port) => ['--tls-port', String(port + 1), ...tlsArgs()] });
    await redis.ask('ACL', 'SETUSER', ...aclRules());
    url = `rediss://runyard:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis.port + 1}`;
  });
  afterAll(() => redis.stop());

  it('serves a whole installation, which asks for nothing that the user may not do', async () => {
    const env = { RUNYARD_REDIS_CA: certificates.caFile };
    const runyard = await startInstallation({ redis: { url }, workers: ['default'], env });
    try {
      expect(await runOnce(runyard)).toBe('succeeded');
    } finally {
      await runyard.stop();
    }
    expect(await redis.ask('ACL', 'LOG', '1')).toBe('0');
  });

  it.each([
    ['without its authority', { caFile: undefined, password: PASSWORD, reason: /certificate/ }],
    ['with a wrong password', { caFile: 'ours', password: 'wrong', reason: /WRONGPASS/ }],
  ])('is not reached %s', async (_, { caFile, password, reason }) => {
    const settings = {
      url: url.replace(/runyard:[^@]*@/, ''),
      username: 'runyard',
      password,
      ...(caFile ? { caFile: certificates.caFile } : {}),
    };
    const log = new MemoryLog();
    await expect(connectRedis(settings, 'request', log)).rejects.toBeInstanceOf(Error);
    expect(log.entries.map(({ fields }) => String(fields['error'])).join()).toMatch(reason);
  });

  it('keeps the user from keys of others and from the commands of an operator', async () => {
    const settings = { url, caFile: certificates.caFile };
    const connection = await connectRedis(settings, 'request', new MemoryLog());
    await expect(connection.get('other:key')).rejects.toThrow('NOPERM');
    await expect(connection.flushall()).rejects.toThrow('NOPERM');
    await expect(connection.keys('*')).rejects.toThrow('NOPERM');
    await closeRedis(connection);
  });
});

needs(
  describe,
  'redis-server',
  'openssl',
)('a Redis Cluster with TLS', () => {
  it('is reached by rediss+cluster and runs a run', async () => {
    // Every node listens for TLS only on its second port, and tells that one to those who ask over TLS.
    const cluster = await startTestRedisCluster({ tls: certificates });
    const env = { RUNYARD_REDIS_CA: certificates.caFile };
    let runyard: Installation | undefined;
    try {
      runyard = await startInstallation({ redis: cluster, workers: ['default'], env });
      expect(await runOnce(runyard)).toBe('succeeded');
    } finally {
      await runyard?.stop();
      await cluster.stop();
    }
  });
});
