import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Installation,
  needs,
  startInstallation,
  startTestRedisCluster,
  startTestRedisSentinel,
  type TestRedis,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

const RUNS = 300;
const AT_ONCE = 10;
/** The server is killed when so many runs are accepted. */
const KILL_AFTER = 100;

let runyard: Installation | null = null;
let redis: { stop(): Promise<void> } | null = null;
afterEach(async () => {
  await runyard?.stop();
  await redis?.stop();
  runyard = null;
  redis = null;
});

interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Has 300 runs accepted, ten at once, each sent again after a refusal, while a server of Redis dies. */
async function runThrough(installation: Installation, victim: () => Promise<TestRedis>) {
  await installation.client.catalog.apply({
    catalog: {
      devices: [{ name: 'd1', address: '192.0.2.1' }],
      services: [{ name: 'nothing', type: 'no-op', targets: { devices: ['d1'] } }],
    },
  });
  const accepted: string[] = [];
  const acceptedAtMs: number[] = [];
  const refusals: Refusal[] = [];
  const kills: Promise<void>[] = [];
  const kill = async (): Promise<void> => (await victim()).server.kill();
  const send = async (): Promise<boolean> => {
    const response = await installation.call('/v1/runs', { service: 'nothing' });
    const body = (await response.json()) as { id?: string };
    if (response.status !== 202) {
      refusals.push({ status: response.status, retryAfter: response.headers.get('retry-after') });
      return false;
    }
    accepted.push(String(body.id));
    acceptedAtMs.push(performance.now());
    if (accepted.length === KILL_AFTER) kills.push(kill());
    return true;
  };
  let left = RUNS;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await waitFor(send, { timeoutMs: 20_000, intervalMs: 100 });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  await Promise.all(kills);
  const gapMs = Math.max(...acceptedAtMs.map((atMs, index) => atMs - (acceptedAtMs[index - 1] ?? atMs)));
  return { accepted, refusals, gapMs: Math.round(gapMs) };
}

/** Every accepted run has one end and one result, and nothing is left open. */
async function expectOneEndEach(runyard: Installation, accepted: readonly string[]): Promise<void> {
  expect(new Set(accepted).size).toBe(RUNS);
  for (const id of accepted) {
    expect(await untilEnded(runyard.client, id, 30_000)).toBe('succeeded');
    expect((await runyard.client.runs.get(id)).counts).toMatchObject({ total: 1, succeeded: 1 });
  }
  await waitFor(async () => {
    const open = (await (await runyard.call('/v1/runs?state=running')).json()) as { items: unknown[] };
    return open.items.length === 0;
  });
}

needs(describe, 'redis-server')('while 300 runs are accepted, kill -9', () => {
  it('of a master of a Redis Cluster loses none of them, and refuses with 503 until a replica took over', async () => {
    const cluster = await startTestRedisCluster({ replicas: 1 });
    redis = cluster;
    runyard = await startInstallation({ redis: cluster, workers: ['default', 'default'] });
    const { accepted, refusals, gapMs } = await runThrough(runyard, () => cluster.masterOf('runyard:{index}:open'));
    for (const refusal of refusals)
      expect(refusal).toEqual({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    await expectOneEndEach(runyard, accepted);
    process.stdout.write(`Cluster: no run accepted for ${gapMs} ms, ${refusals.length} refused\n`);
  });

  it('of the primary of a Sentinel set loses none that a replica confirmed', async () => {
    const sentinel = await startTestRedisSentinel();
    redis = sentinel;
    const env = { RUNYARD_DURABILITY: 'replicated' };
    runyard = await startInstallation({ redis: sentinel, workers: ['default', 'default'], env });
    const { accepted, refusals, gapMs } = await runThrough(runyard, () => sentinel.primary());
    for (const refusal of refusals)
      expect(refusal).toEqual({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    await expectOneEndEach(runyard, accepted);
    process.stdout.write(`Sentinel: no run accepted for ${gapMs} ms, ${refusals.length} refused\n`);
  });
});
