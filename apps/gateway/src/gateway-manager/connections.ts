import { uuidOf } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';

/** `GET /gateway_manager/v1/connections`: a plain map. */
export function listConnections({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const connections = await gatewayManager.connections.map(callerOf(call));
    sendJson(call.response, 200, Object.fromEntries(connections));
  };
}

/** `GET /gateway_manager/v1/connections/{clusterId}`: asks a worker of the cluster. */
export function checkConnection({ gatewayManager, clock }: GatewayDependencies): Handler {
  return async (call) => {
    await gatewayManager.connections.check(callerOf(call), call.params['clusterId'] ?? '');
    sendJson(call.response, 200, {
      id: uuidOf(call.request.requestId),
      jsonrpc: '2.0',
      result: { reply: 'Health test from GatewayManager' },
      receiveTime: clock.nowMs(),
      status: 'success',
    });
  };
}
