import type { Bench } from '../harness/bench.ts';
import { type Figure, ratioAtLeast } from '../harness/row.ts';
import { summarize } from '../harness/rounds.ts';
import { call, runToEnd } from '../harness/run-client.ts';
import { deviceName, devicesAndPool, noOpService, putCatalog, startGateway, startWorker } from '../harness/system.ts';
import type { HttpLoad, HttpLoadAnswer } from '../load/http-load.ts';

const CONNECTIONS = 50;

/** P8: polls of a run's state a second, whole and with `If-None-Match`. */
export async function runPolls(bench: Bench): Promise<readonly Figure[]> {
  await putCatalog(bench, [...devicesAndPool(10), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  const worker = await startWorker(bench);
  const { id } = await runToEnd(gateway, { service: 'no-op', devices: [deviceName(1)] }, 1);
  await bench.stop(worker);
  const path = `/v1/runs/${id}`;
  const { body: run } = await call<{ revision: number }>(gateway, 'GET', path);
  const floor = await bench.script('floors/express-accept.ts', { REDIS_URL: bench.redis.url('floor') });
  await bench.redis.connection.floor.set('run:1', JSON.stringify(run));
  const client = await bench.script('load/http-load.ts');

  const base = { method: 'GET', body: '', connections: CONNECTIONS, seconds: bench.size(2, 5) };
  const { port, authorization } = gateway;
  const loads: Readonly<Record<'ours' | 'unchanged' | 'floor', HttpLoad>> = {
    ours: { ...base, port, path, headers: { authorization }, expectedStatus: 200 },
    unchanged: {
      ...base,
      port,
      path,
      headers: { authorization, 'if-none-match': `"${run.revision}"` },
      expectedStatus: 304,
    },
    floor: { ...base, port: await floor.ask<number>('port'), path: '/runs/1', headers: {}, expectedStatus: 200 },
  };
  const p99 = new Map<string, number[]>();
  const poll = (name: keyof typeof loads) => async () => {
    const answer = await client.ask<HttpLoadAnswer>('load', loads[name]);
    p99.set(name, [...(p99.get(name) ?? []), answer.p99Ms]);
    return answer.perSecond;
  };
  for (const load of Object.values(loads)) await client.ask('load', { ...load, seconds: 1 });
  const measured = await bench.alternate({ ours: poll('ours'), unchanged: poll('unchanged'), floor: poll('floor') });
  await bench.stop(gateway.child, floor, client);
  const floorName = 'Express 5 + one Redis GET';
  const rate = (name: 'ours' | 'unchanged', figure: string): Figure => ({
    figure: `${figure}, ${CONNECTIONS} connections`,
    value: measured[name].median,
    unit: 'polls/s',
    floor: measured.floor.median,
    floorName,
    goal: ratioAtLeast(0.8),
    spread: measured[name].spread,
  });
  return [
    rate('ours', 'polls of a run'),
    rate('unchanged', 'polls of a run with If-None-Match'),
    {
      figure: 'answer to a poll of a run, p99 under this load',
      value: summarize(p99.get('ours') ?? []).median,
      unit: 'ms',
      floor: summarize(p99.get('floor') ?? []).median,
      floorName,
      goal: null,
      spread: null,
    },
  ];
}
