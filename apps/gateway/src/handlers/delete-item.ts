import { deleteItem as remove } from '@runyard/catalog';
import type { CatalogKind } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendNothing } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { asEditor } from './as-editor.ts';
import { noteDone } from './note-done.ts';
import { expectedVersion } from './put-item.ts';

/** `DELETE /v1/<kind>s/{name}`: 409 while others use the item. */
export function deleteItem(deps: GatewayDependencies, kind: CatalogKind): Handler {
  const { catalog, accounts } = deps;
  return async (call) => {
    const name = call.params['name'] ?? '';
    await asEditor(deps, call, 'catalog.delete', `${kind}/${name}`, async (editor) => {
      const expected = await expectedVersion(deps, kind, call);
      await remove({ catalog, accounts, kind, name, editor, ...expected });
    });
    // Once more: a key may have been made while the account was being deleted.
    if (kind === 'service-account') await accounts.revokeApiKeysOf({ kind, name });
    await noteDone(deps, call, 'catalog.delete', `${kind}/${name}`);
    sendNothing(call.response);
  };
}
