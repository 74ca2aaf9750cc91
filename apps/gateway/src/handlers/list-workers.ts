import type { WorkerAnswer } from '@runyard/contracts';
import type { WorkerInfo } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { timeText } from '../views/runtime-text.ts';
import { pageOf } from './page-query.ts';
import { pageByName } from './page-by-name.ts';

/** `GET /v1/workers`: the live fleet, by id. */
export function listWorkers({ workers, clusterPauses }: GatewayDependencies): Handler {
  return async ({ query, response }) => {
    const [live, pauses] = await Promise.all([workers.live(), clusterPauses.list()]);
    const paused = new Set(pauses.map(({ cluster }) => cluster));
    const wanted = query['cluster'] === undefined ? live : live.filter(({ cluster }) => cluster === query['cluster']);
    const byId = new Map(wanted.map((worker) => [worker.id, worker]));
    const page = pageByName([...byId.keys()].sort(), pageOf(query));
    const items = page.items.flatMap((id) => byId.get(id) ?? []);
    sendJson(response, 200, {
      items: items.map((worker) => workerAnswer(worker, paused.has(worker.cluster))),
      cursor: page.cursor,
    });
  };
}

function workerAnswer({ startedAtMs, seenAtMs, ...worker }: WorkerInfo, paused: boolean): WorkerAnswer {
  return {
    ...worker,
    serviceTypes: [...worker.serviceTypes],
    startedAt: timeText(startedAtMs),
    seenAt: timeText(seenAtMs),
    paused,
  };
}
