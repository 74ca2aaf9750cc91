import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Installation, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const DEVICES = 5_000;
const KILLED_AT = 1_500;
const ANSWER_MS = 30;

let runyard: Installation;
let server: Server;
/** How often each device was asked: what really happened, whoever says what about it. */
const asked = new Map<string, number>();

afterEach(async () => {
  await runyard.stop();
  server.closeAllConnections();
  server.close();
});

/** A server that plays every device: each has an address of its own below it. */
async function startDevices(): Promise<number> {
  server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    asked.set(name, (asked.get(name) ?? 0) + 1);
    // oxlint-disable-next-line no-restricted-globals -- a device that takes its time, not a test that waits
    setTimeout(() => response.end('"ok"'), ANSWER_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function finishedDevices(id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of runyard.client.runs.devices(id, { state: 'succeeded', limit: 1_000 })) names.push(name);
  return names;
}

needs(describe, 'redis-server')('kill -9 of one of two workers in a run over 5,000 devices', () => {
  it('leaves each device one result, and asks none again that was finished', async () => {
    const port = await startDevices();
    runyard = await startInstallation({
      workers: ['ams', 'ams'],
      env: { RUNYARD_SLOTS: '40', RUNYARD_HTTP_ALLOW_CIDRS: '127.0.0.0/8' },
    });
    const { client } = runyard;
    const devices = Array.from({ length: DEVICES }, (_, index) => ({
      name: `d${String(index).padStart(4, '0')}`,
      address: '127.0.0.1',
      cluster: 'ams',
    }));
    await client.catalog.apply({
      catalog: {
        clusters: [{ name: 'ams' }],
        devices,
        pools: [{ name: 'all', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
        services: [
          {
            name: 'ask',
            type: 'http-request',
            url: `http://127.0.0.1:${port}/{{ device.name }}`,
            targets: { pools: ['all'] },
          },
        ],
      },
    });
    const { id } = await client.runs.create({ service: 'ask' });
    await waitFor(async () => (await client.runs.get(id)).counts.succeeded >= KILLED_AT);
    const finished = await finishedDevices(id);
    runyard.workers[0]?.signal('SIGKILL');
    const killedMs = performance.now();
    await waitFor(() => runyard.workers[0]?.isAlive() === false);
    expect(finished.length).toBeGreaterThanOrEqual(KILLED_AT);
    expect((await client.runs.get(id)).counts.succeeded).toBeLessThan(DEVICES);
    expect(await untilEnded(client, id)).toBe('succeeded');
    const endedMs = performance.now() - killedMs;

    expect((await client.runs.get(id)).counts).toMatchObject({ total: DEVICES, succeeded: DEVICES });
    const names = await finishedDevices(id);
    expect([names.length, new Set(names).size]).toEqual([DEVICES, DEVICES]);
    expect(asked.size).toBe(DEVICES);
    expect(finished.filter((name) => asked.get(name) !== 1)).toEqual([]);
    // Only what was in work at that moment may be asked a second time.
    const twice = [...asked.values()].filter((times) => times > 1);
    expect(twice.length).toBeLessThanOrEqual(200);
    expect(twice.every((times) => times === 2)).toBe(true);
    process.stdout.write(`kill -9 of a worker: ${twice.length} devices again, ended after ${endedMs.toFixed(0)} ms\n`);
  });
});
