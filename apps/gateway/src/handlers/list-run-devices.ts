import type { DeviceState } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { deviceRowAnswer } from '../views/device-answer.ts';
import { findRun, runIdOf } from './find-run.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/runs/{id}/devices`: rows without their outputs. A page of a rare state may be empty and have a cursor. */
export function listRunDevices({ runs }: GatewayDependencies): Handler {
  return async ({ params, query, response }) => {
    const { cursor, limit } = pageOf(query);
    const { state } = query;
    const page = await runs.devices(runIdOf(params), (state as DeviceState | undefined) ?? null, cursor, limit);
    if (page.items.length === 0) await findRun(runs, params);
    sendJson(response, 200, { items: page.items.map(deviceRowAnswer), cursor: page.cursor });
  };
}
