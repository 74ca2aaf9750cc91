import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { logLineAnswer } from '../views/device-answer.ts';
import { findRun, runIdOf } from './find-run.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/runs/{id}/log`: what the run said, oldest first. */
export function getRunLog({ runs }: GatewayDependencies): Handler {
  return async ({ params, query, response }) => {
    const { cursor, limit } = pageOf(query);
    const page = await runs.log(runIdOf(params), cursor, limit);
    if (page.items.length === 0) await findRun(runs, params);
    sendJson(response, 200, { items: page.items.map(logLineAnswer), cursor: page.cursor });
  };
}
