import { AppError, type CatalogKind, type CatalogKinds, type CatalogView, type Versioned } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { isNotModified } from '../http/entity-tag.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { itemAnswer } from '../views/item-answer.ts';

/** `GET /v1/<kind>s/{name}`: one item; its version is the entity tag. */
export function getItem({ catalog }: GatewayDependencies, kind: CatalogKind): Handler {
  return async ({ params, request, response }) => {
    const item = findItem(await catalog.view(), kind, params['name'] ?? '');
    if (isNotModified(request, response, item.version)) return;
    sendJson(response, 200, itemAnswer(kind, item));
  };
}

/** The item of that name. Throws CATALOG_ITEM_NOT_FOUND. */
export function findItem<Kind extends CatalogKind>(
  view: CatalogView,
  kind: Kind,
  name: string,
): Versioned<CatalogKinds[Kind]> {
  const item = view.get(kind, name);
  if (item) return item;
  throw new AppError('CATALOG_ITEM_NOT_FOUND', `There is no ${kind} with the name '${name.slice(0, 200)}'.`);
}
