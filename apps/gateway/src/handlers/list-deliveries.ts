import type { DeliveriesAnswer } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { deliveryAnswer } from '../views/delivery-answer.ts';
import { runIdOf } from './find-run.ts';

/** `GET /v1/runs/{id}/deliveries`: who is told that the run ended, and how far that is. */
export function listDeliveries(deps: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const items = (await deps.listDeliveries(runIdOf(params))).map(deliveryAnswer);
    sendJson(response, 200, { items } satisfies DeliveriesAnswer);
  };
}
