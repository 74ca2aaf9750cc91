import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';

/** `GET /gateway_manager/v1/health/status`. */
export function getHealthStatus(): Handler {
  return ({ response }) => sendJson(response, 200, { status: 'Success', result: 'ok' });
}

/** `GET /gateway_manager/v1/version`. */
export function getVersion({ settings }: GatewayDependencies): Handler {
  return ({ response }) => sendJson(response, 200, { state: 'Success', result: settings.version });
}
