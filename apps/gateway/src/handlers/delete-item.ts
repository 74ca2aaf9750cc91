import { deleteItem as remove } from '@runyard/catalog';
import type { CatalogKind } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendNothing } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { noteDone } from './note-done.ts';
import { expectedVersion } from './put-item.ts';

/** `DELETE /v1/<kind>s/{name}`: 409 while others use the item. */
export function deleteItem(deps: GatewayDependencies, kind: CatalogKind): Handler {
  return async (call) => {
    const expected = await expectedVersion(deps, kind, call);
    await remove({ catalog: deps.catalog, kind, name: call.params['name'] ?? '', ...expected });
    await noteDone(deps, call, 'catalog.delete', `${kind}/${call.params['name'] ?? ''}`);
    sendNothing(call.response);
  };
}
