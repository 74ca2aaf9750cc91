import type { RunFilter, RunState } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { type Call, callerOf, type Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/runs`: runs newest first. A credential for some services sees their runs, so a page may have few and a cursor. */
export function listRuns({ runs }: GatewayDependencies): Handler {
  return async (call) => {
    const { cursor, limit } = pageOf(call.query);
    const page = await runs.list(filterOf(call), cursor, limit);
    const { services } = callerOf(call);
    const reached = services ? page.items.filter(({ spec }) => services.includes(spec.service)) : page.items;
    sendJson(call.response, 200, { items: reached.map(runAnswer), cursor: page.cursor });
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
