import type { CatalogKind, CatalogView } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import type { Query } from '../http/read-query.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { itemAnswer } from '../views/item-answer.ts';
import { pageByName } from './page-by-name.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/<kind>s`: items by name. Each of the filters is a key of the item that must be exactly this. */
export function listItems({ catalog }: GatewayDependencies, kind: CatalogKind, filters: readonly string[]): Handler {
  return async ({ query, response }) => {
    const view = await catalog.view();
    const page = pageByName(view.names(kind), pageOf(query), filterOf(view, kind, filters, query));
    const items = page.items.flatMap((name) => {
      const item = view.get(kind, name);
      return item ? [itemAnswer(kind, item)] : [];
    });
    sendJson(response, 200, { items, cursor: page.cursor });
  };
}

function filterOf(view: CatalogView, kind: CatalogKind, filters: readonly string[], query: Query) {
  const wanted = filters.filter((key) => query[key] !== undefined);
  if (wanted.length === 0) return undefined;
  return (name: string): boolean => {
    const item = view.get(kind, name)?.item as unknown as Readonly<Record<string, unknown>>;
    return wanted.every((key) => item[key] === query[key]);
  };
}
