import type { RunFilter, RunState } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/runs`: runs newest first. */
export function listRuns({ runs }: GatewayDependencies): Handler {
  return async (call) => {
    const { cursor, limit } = pageOf(call.query);
    const page = await runs.list(filterOf(call), cursor, limit);
    sendJson(call.response, 200, { items: page.items.map(runAnswer), cursor: page.cursor });
  };
}

function filterOf({ query }: Call): RunFilter {
  const { service, state, label, since } = query;
  return {
    ...(typeof service === 'string' ? { service } : {}),
    ...(typeof state === 'string' ? { state: state as RunState } : {}),
    ...(typeof label === 'string' ? { label } : {}),
    ...(typeof since === 'string' ? { sinceMs: Date.parse(since) } : {}),
  };
}
