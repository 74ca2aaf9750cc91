import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryLog, needs, startTestRedis, waitFor } from '@runyard/testkit';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

const CATALOG = {
  clusters: [{ name: 'ams' }, { name: 'ber' }],
  devices: [
    { name: 'd1', address: '127.0.0.1', cluster: 'ams' },
    { name: 'd2', address: '127.0.0.1', cluster: 'ber' },
  ],
  pools: [{ name: 'all', devices: ['d1', 'd2'] }],
  services: [{ name: 'noop', type: 'no-op' }],
};
const TARGETS = [{ devices: ['d1'] }, { devices: ['d1', 'd2'] }, { pools: ['all'] }];

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** Every command that the server carries out from now on, also those inside scripts, one a line. */
async function watchCommands(port: number): Promise<() => readonly string[]> {
  let text = '';
  const socket = connect(port, '127.0.0.1');
  open.push(() => new Promise((resolve) => socket.end(resolve)));
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.write('MONITOR\r\n');
  await waitFor(() => text.startsWith('+OK'));
  return () => text.split('\n');
}

needs(describe, 'redis-server')('accepting many runs at once', () => {
  it('writes the record of each before any job of it', async () => {
    const redis = await startTestRedis();
    open.push(() => redis.stop());
    const log = new MemoryLog();
    const gateway = gatewayOn(redis, log);
    open.push(() => gateway.stop());
    await gateway.start();
    const post = async (path: string, json: unknown) => {
      const answer = await fetch(`${listeningUrl(log)}${path}`, {
        method: 'POST',
        headers: { authorization: basicLogin(`admin:${PASSWORD}`), 'content-type': 'application/json' },
        body: JSON.stringify(json),
      });
      expect([200, 202]).toContain(answer.status);
      return (await answer.json()) as { id: string };
    };
    await post('/v1/catalog/apply', { catalog: CATALOG });
    const commands = await watchCommands(redis.port);
    const runs = await Promise.all(
      Array.from({ length: 150 }, (_, index) =>
        post('/v1/runs', { service: 'noop', ...TARGETS[index % TARGETS.length] }),
      ),
    );
    const lines = await waitFor(() => (runs.every(({ id }) => commands().some(isJobOf(id))) ? commands() : null));
    for (const { id } of runs) {
      const written = lines.findIndex((line) => /"hset"/i.test(line) && line.includes(`{${id}}`));
      expect(written).toBeGreaterThan(0);
      expect(lines.findIndex(isJobOf(id))).toBeGreaterThan(written);
    }
  });
});

/** Puts a job of the run into a queue. */
function isJobOf(id: string): (line: string) => boolean {
  return (line) => /"[lr]push"/i.test(line) && line.includes(`"${id}-`);
}
