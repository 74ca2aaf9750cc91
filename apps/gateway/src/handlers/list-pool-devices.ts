import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { itemAnswer } from '../views/item-answer.ts';
import { findItem } from './get-item.ts';
import { pageByName } from './page-by-name.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/pools/{name}/devices`: who is in the pool now, by name. */
export function listPoolDevices({ catalog }: GatewayDependencies): Handler {
  return async ({ params, query, response }) => {
    const view = await catalog.view();
    const { name } = findItem(view, 'pool', params['name'] ?? '').item;
    const members = (view.poolMembers(name) ?? []).map((device) => device.name);
    const page = pageByName(members, pageOf(query));
    const items = page.items.flatMap((device) => {
      const item = view.get('device', device);
      return item ? [itemAnswer('device', item)] : [];
    });
    sendJson(response, 200, { items, cursor: page.cursor });
  };
}
