import type { Bench } from '../harness/bench.ts';
import { type Figure, ratioAtMost } from '../harness/row.ts';
import { summarize } from '../harness/rounds.ts';
import { deviceName, devicesAndPool, noOpService, putCatalog, startGateway, startWorker } from '../harness/system.ts';
import type { HttpLoad, HttpLoadAnswer } from '../load/http-load.ts';

const CONNECTIONS = 8;

/** P9: how long a caller waits who waits for a no-op run. */
export async function synchronousRun(bench: Bench): Promise<readonly Figure[]> {
  await putCatalog(bench, [...devicesAndPool(10), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  const worker = await startWorker(bench);
  const floorSettings = { REDIS_URL: bench.redis.url('floor'), CONCURRENCY: '100' };
  const floor = await bench.script('floors/express-accept.ts', floorSettings);
  const floorWorker = await bench.script('floors/bullmq-worker.ts', floorSettings);
  const client = await bench.script('load/http-load.ts');
  const body = JSON.stringify({ service: 'no-op', devices: [deviceName(1)], params: {} });
  const base = { method: 'POST', body, connections: CONNECTIONS, seconds: bench.size(2, 5), expectedStatus: 200 };
  const headers = { authorization: gateway.authorization, prefer: 'wait=30' };
  const loads: Readonly<Record<'ours' | 'floor', HttpLoad>> = {
    ours: { ...base, port: gateway.port, path: '/v1/runs', headers },
    floor: { ...base, port: await floor.ask<number>('port'), path: '/runs-and-wait', headers: {} },
  };
  const answers = { ours: [] as HttpLoadAnswer[], floor: [] as HttpLoadAnswer[] };
  const side = (name: 'ours' | 'floor') => async () => {
    const answer = await client.ask<HttpLoadAnswer>('load', loads[name]);
    answers[name].push(answer);
    await bench.redis.clear(name);
    return answer.p50Ms;
  };
  for (const load of Object.values(loads)) await client.ask('load', { ...load, seconds: 1 });
  await bench.alternate({ ours: side('ours'), floor: side('floor') });
  await bench.stop(gateway.child, worker, floor, floorWorker, client);
  return (['p50Ms', 'p99Ms', 'longestMs'] as const).map((field): Figure => {
    const ours = summarize(answers.ours.map((answer) => answer[field]));
    return {
      figure: `synchronous no-op run, ${field.slice(0, -2)}, ${CONNECTIONS} connections`,
      value: ours.median,
      unit: 'ms',
      floor: summarize(answers.floor.map((answer) => answer[field])).median,
      floorName: 'Express 5 + add + waitUntilFinished',
      goal: field === 'longestMs' ? null : ratioAtMost(1.5),
      spread: ours.spread,
    };
  });
}
