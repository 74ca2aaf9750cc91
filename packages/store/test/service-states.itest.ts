import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, serviceStatesConformance, startTestRedis, type TestRedis } from '@runyard/testkit';
import { createKeys, createSecretBox, createServiceStates } from '../src/index.ts';

needs(describe, 'redis-server')('the kept states in Redis', () => {
  const keys = createKeys('test');
  const secrets = createSecretBox(randomBytes(32));
  const clock = { nowMs: () => 1 };
  let redis: TestRedis;
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await startTestRedis();
    connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  });
  afterAll(async () => {
    await closeRedis(connection);
    await redis.stop();
  });

  it.each(serviceStatesConformance)('$title', async ({ check }) => {
    await expect(check(createServiceStates({ connection, keys, secrets, clock }))).resolves.toBeUndefined();
  });

  it('shows nothing of the content to whoever reads Redis', async () => {
    const states = createServiceStates({ connection, keys, secrets, clock });
    await states.write('plan/secret', '{"password": "hunter2-hunter2"}', 1);
    const stored = await Promise.all((await connection.keys('test:state:*')).map((key) => connection.hgetall(key)));
    expect(JSON.stringify(stored)).toContain('plan/secret');
    expect(JSON.stringify(stored)).not.toContain('hunter2');
    const stranger = createServiceStates({ connection, keys, secrets: createSecretBox(randomBytes(32)), clock });
    await expect(stranger.read('plan/secret')).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
  });
});
