import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { type Call, callerOf, type Handler } from '../route.ts';
import { serviceAnswer } from './record-answers.ts';

/** `GET /gateway_manager/v1/services`. The key is `result` here. */
export function listServices({ gatewayManager, catalog }: GatewayDependencies): Handler {
  return async (call) => {
    const services = await gatewayManager.services.list(callerOf(call), clusterOfQuery(call));
    const view = await catalog.view();
    sendJson(call.response, 200, { state: 'Success', result: services.map((service) => serviceAnswer(service, view)) });
  };
}

/** `GET /gateway_manager/v1/services/{id}`. */
export function getService({ gatewayManager, catalog }: GatewayDependencies): Handler {
  return async (call) => {
    const service = await gatewayManager.services.get(callerOf(call), call.params['id'] ?? '');
    sendJson(call.response, 200, { state: 'Success', result: serviceAnswer(service, await catalog.view()) });
  };
}

/** The filter `?cluster_id=`; an empty one is none. */
export function clusterOfQuery({ query }: Call): string | undefined {
  const cluster = query['cluster_id'];
  return typeof cluster === 'string' && cluster !== '' ? cluster : undefined;
}
