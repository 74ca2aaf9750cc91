import type { Bench } from '../harness/bench.ts';
import type { Child } from '../harness/child-process.ts';
import { type Figure, ratioAtLeast } from '../harness/row.ts';
import { deviceName, devicesAndPool, noOpService, putCatalog, startGateway } from '../harness/system.ts';
import type { HttpLoad, HttpLoadAnswer } from '../load/http-load.ts';

const CONNECTIONS = 50;

/** P1: accepted runs a second over HTTP, without a worker that would take part of the processor. */
export async function acceptedRuns(bench: Bench): Promise<readonly Figure[]> {
  await putCatalog(bench, [...devicesAndPool(100), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  const floor = await bench.script('floors/express-accept.ts', { REDIS_URL: bench.redis.url('floor') });
  const client = await bench.script('load/http-load.ts');
  const body = JSON.stringify({
    service: 'no-op',
    devices: [deviceName(1)],
    params: { ticket: 'CHG-4711', reason: 'a change that somebody asked for', dryMode: false },
    labels: { team: 'core', source: 'bench' },
  });
  const load = { method: 'POST', body, connections: CONNECTIONS, seconds: bench.size(2, 5), expectedStatus: 202 };
  const { port: oursPort, authorization } = gateway;
  const ours = { ...load, port: oursPort, path: '/v1/runs', headers: { authorization } };
  const theirs = { ...load, port: await floor.ask<number>('port'), path: '/runs', headers: {} };

  const side = (name: 'ours' | 'floor', request: HttpLoad) => async () => {
    let count = 0;
    const servers = { server: [name === 'ours' ? gateway.child : floor] };
    const rate = await bench.withProcessorTime(
      name,
      () => count,
      servers,
      async () => {
        const answer = await send(client, request);
        count = answer.count;
        return answer.perSecond;
      },
    );
    await bench.redis.clear(name);
    return rate;
  };
  for (const request of [ours, theirs]) await send(client, { ...request, seconds: bench.size(1, 3) });
  const measured = await bench.alternate({ ours: side('ours', ours), floor: side('floor', theirs) });
  await bench.stop(gateway.child, floor, client);
  return [
    {
      figure: `accepted runs over HTTP, ${CONNECTIONS} connections`,
      value: measured.ours.median,
      unit: 'runs/s',
      floor: measured.floor.median,
      floorName: 'Express 5 + Ajv + queue.add',
      goal: ratioAtLeast(0.9),
      spread: measured.ours.spread,
    },
  ];
}

function send(client: Child, request: HttpLoad): Promise<HttpLoadAnswer> {
  return client.ask<HttpLoadAnswer>('load', request);
}
