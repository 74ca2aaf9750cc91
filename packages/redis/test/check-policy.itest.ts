import { afterEach, describe, expect, it } from '@jest/globals';
import { checkPolicy, closeRedis, connectRedis, parseMemoryUse, readMemoryUse } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis } from '@runyard/testkit';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function setup(...extraArgs: readonly string[]) {
  const redis = await startTestRedis({ extraArgs });
  open.push(() => redis.stop());
  const log = new MemoryLog();
  const connection = await connectRedis({ url: redis.url }, 'request', log);
  open.push(() => closeRedis(connection));
  return { redis, connection, log };
}

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('the policy of Redis', () => {
  it('is accepted when nothing is dropped', async () => {
    const { connection, log } = await setup();
    await checkPolicy(connection, log);
    expect(log.entries).toEqual([]);
  });

  it('is refused when keys are dropped, with the name of the setting', async () => {
    const { connection, log } = await setup('--maxmemory-policy', 'allkeys-lru');
    await expect(checkPolicy(connection, log)).rejects.toMatchObject({
      code: 'STORE_POLICY_WRONG',
      message: expect.stringMatching(/maxmemory-policy of Redis is allkeys-lru\. Set it to noeviction/),
    });
  });

  it('is read in another way where CONFIG is forbidden', async () => {
    const { redis, connection, log } = await setup('--maxmemory-policy', 'volatile-ttl');
    await redis.ask('ACL', 'SETUSER', 'default', '-config');
    await expect(checkPolicy(connection, log)).rejects.toMatchObject({ code: 'STORE_POLICY_WRONG' });
  });

  it('is only warned about where Redis tells nothing', async () => {
    const { redis, connection, log } = await setup('--maxmemory-policy', 'volatile-ttl');
    await redis.ask('ACL', 'SETUSER', 'default', '-config', '-info');
    await checkPolicy(connection, log);
    expect(log.entries.map(({ level }) => level)).toEqual(['warn']);
  });
});

describeOnRedis('the memory of Redis', () => {
  it('is measured with its limit', async () => {
    const { connection } = await setup('--maxmemory', '50mb');
    const use = await readMemoryUse(connection);
    expect(use.memoryMaxBytes).toBe(50 * 1_024 * 1_024);
    expect(use.memoryUsedBytes).toBeGreaterThan(100_000);
  });
});

describe('the answer about memory', () => {
  it('has no limit where none is told', () => {
    expect(parseMemoryUse('# Memory\r\nused_memory:12\r\nused_memory_human:1K\r\n')).toEqual({
      memoryUsedBytes: 12,
      memoryMaxBytes: 0,
    });
  });
});
