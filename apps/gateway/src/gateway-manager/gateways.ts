import type { GatewayManagerGatewayChange, GatewayManagerNewGateway } from '@runyard/contracts';
import { AppError, type GatewayRecord } from '@runyard/domain';
import type { GatewayChange } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { noteDone } from '../handlers/note-done.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { gatewayAnswer } from './record-answers.ts';

/** `POST /gateway_manager/v1/gateways`. */
export function createGateway(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as GatewayManagerNewGateway;
    const name = body.gateway_name ?? body.name ?? body.cluster_id;
    const gateway = await deps.gatewayManager.gateways.create({ ...changeOf(body), name, cluster: body.cluster_id });
    await noteDone(deps, call, 'gateway.create', gateway.cluster, { id: gateway.id, name });
    sendJson(call.response, 200, { state: 'Success', message: `Gateway added: ${gateway.id}`, id: gateway.id });
  };
}

/** `GET /gateway_manager/v1/gateways`. */
export function listGateways({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const gateways = await gatewayManager.gateways.list(callerOf(call));
    const connected = await gatewayManager.connections.of(gateways);
    const results = gateways.map((gateway) => gatewayAnswer(gateway, connected.get(gateway.cluster) ?? false));
    sendJson(call.response, 200, { state: 'Success', results });
  };
}

/** `GET /gateway_manager/v1/gateways/{id}`. */
export function getGateway(deps: GatewayDependencies): Handler {
  return async (call) => {
    const gateway = await deps.gatewayManager.gateways.get(callerOf(call), call.params['id'] ?? '');
    sendJson(call.response, 200, { state: 'Success', result: await answerOf(deps, gateway) });
  };
}

/** `PUT /gateway_manager/v1/gateways/{id}`: changes what is given. */
export function changeGateway(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { gateways } = deps.gatewayManager;
    const body = call.body as unknown as GatewayManagerGatewayChange;
    const id = call.params['id'] ?? '';
    const before = await gateways.get(callerOf(call), id);
    if (body.cluster_id !== undefined && body.cluster_id !== before.cluster) {
      const errors = [{ path: '/cluster_id', message: `must be '${before.cluster}'` }];
      throw new AppError('BODY_INVALID', 'A gateway is the record of one cluster and cannot become that of another.', {
        errors,
      });
    }
    const change = changeOf(body);
    if (Object.keys(change).length === 0) throw new AppError('BODY_INVALID', 'The body changes nothing of a gateway.');
    const gateway = await gateways.change(callerOf(call), id, change);
    await noteDone(deps, call, 'gateway.change', gateway.cluster, { changed: Object.keys(change).sort().join(', ') });
    sendJson(call.response, 200, { state: 'Success', result: { value: await answerOf(deps, gateway) } });
  };
}

/** `DELETE /gateway_manager/v1/gateways/{id}`: with its cluster, when nothing names that any more. */
export function deleteGateway(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { gateways } = deps.gatewayManager;
    const id = call.params['id'] ?? '';
    const answer = await answerOf(deps, await gateways.get(callerOf(call), id));
    const gateway = await gateways.remove(callerOf(call), id);
    await noteDone(deps, call, 'gateway.delete', gateway.cluster, { id });
    sendJson(call.response, 200, { state: 'Success', result: answer });
  };
}

async function answerOf({ gatewayManager }: GatewayDependencies, gateway: GatewayRecord) {
  const connected = await gatewayManager.connections.of([gateway]);
  return gatewayAnswer(gateway, connected.get(gateway.cluster) ?? false);
}

function changeOf(body: GatewayManagerGatewayChange): GatewayChange {
  const { description, enabled, readonly, certificates, groups } = body;
  const name = body.gateway_name ?? body.name;
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(readonly === undefined ? {} : { readonly }),
    ...(certificates === undefined ? {} : { certificates: [...new Set(certificates)] }),
    ...(groups === undefined ? {} : { groups }),
  };
}
