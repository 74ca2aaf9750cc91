import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { findItem } from './get-item.ts';

/** `GET /v1/services/{name}/versions`: the numbers that are kept, newest first. */
export function listServiceVersions({ catalog }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const name = params['name'] ?? '';
    const { version } = findItem(await catalog.view(), 'service', name);
    const versions = [...(await catalog.serviceVersions(name))].sort((a, b) => b - a);
    sendJson(response, 200, { current: version, versions });
  };
}
