import { fromService } from '@runyard/contracts';
import { AppError } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';

/** `GET /v1/services/{name}/versions/{version}`: a service as it was. */
export function getServiceVersion({ catalog }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const { name = '', version = '' } = params;
    const service = /^[1-9]\d{0,8}$/.test(version) ? await catalog.serviceVersion(name, Number(version)) : null;
    if (!service) {
      const shown = `'${name.slice(0, 200)}' has no version ${version.slice(0, 20)}`;
      throw new AppError('CATALOG_ITEM_NOT_FOUND', `The service ${shown}.`);
    }
    sendJson(response, 200, { item: fromService(service), version: Number(version) });
  };
}
