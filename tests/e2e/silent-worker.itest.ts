import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Installation,
  needs,
  type ServerProcess,
  startInstallation,
  type TcpProxy,
  tcpProxy,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

let runyard: Installation;
let proxy: TcpProxy;
beforeEach(async () => {
  runyard = await startInstallation({ workers: [] });
  proxy = await tcpProxy({ target: { port: runyard.redis.port } });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      devices: [{ name: 'd0', address: '127.0.0.1', cluster: 'ams' }],
      services: [{ name: 'quick', type: 'no-op' }],
    },
  });
});
afterEach(async () => {
  proxy.thaw();
  await runyard.stop();
  await proxy.stop();
});

const startBehindProxy = () =>
  runyard.startWorker('ams', {
    RUNYARD_REDIS_URL: `redis://127.0.0.1:${proxy.port}/0`,
    RUNYARD_STOP_GRACE: '1s',
    RUNYARD_HEALTH_PORT: '0',
  });

async function readiness({ ready }: ServerProcess): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${String(ready['healthPort'])}/readyz`);
  return answer.text();
}

/** What the connections of a worker are called for its records and its queue. */
const nameOf = ({ ready }: ServerProcess) => `worker:${String(ready['workerId'])}:background`;

async function runOne(): Promise<string> {
  const { id } = await runyard.client.runs.create({ service: 'quick', devices: ['d0'] });
  return untilEnded(runyard.client, id);
}

needs(describe, 'redis-server')('a worker whose connection to records and queue goes half-open', () => {
  it('opens it anew, takes runs again and lives on', async () => {
    const worker = await startBehindProxy();
    expect(await runOne()).toBe('succeeded');
    const clients = (await runyard.redis.ask('CLIENT', 'LIST')).split('\n');
    const named = clients.filter((line) => line.includes(` name=${nameOf(worker)}`));
    expect(named.length).toBeGreaterThan(0);
    proxy.freezeOnly(named.map((line) => Number(/ addr=127\.0\.0\.1:(\d+) /.exec(line)?.[1])));
    // There is no other worker.
    expect(await runOne()).toBe('succeeded');
    expect(worker.lines.join('\n')).toContain('Redis connection gave no answer, opened anew');
    expect(worker.isAlive()).toBe(true);
    expect(await readiness(worker)).toBe('ready\n');
  }, 120_000);

  it('ends with an error when that does not help though Redis can be reached, so that it is started again', async () => {
    const silent = await startBehindProxy();
    const other = await runyard.startWorker('ams');
    expect(await readiness(silent)).toBe('ready\n');
    proxy.freezeSaying(nameOf(silent));
    expect(await readiness(silent)).toBe('not ready: Redis does not answer\n');
    await waitFor(() => !silent.isAlive(), { timeoutMs: 90_000 });
    expect(await silent.stop()).toBe(1);
    expect(silent.lines.join('\n')).toContain('the queue gives this worker nothing any more');
    // The other did its work meanwhile, and is as it was.
    expect(await runOne()).toBe('succeeded');
    expect(other.isAlive()).toBe(true);
  }, 150_000);
});
