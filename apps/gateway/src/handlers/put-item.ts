import { checkMayEdit, putItem as put } from '@runyard/catalog';
import { createInputValidator, createValidator } from '@runyard/contracts';
import { AppError, type CatalogKind, type JsonObject } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { checkPreconditions, entityTag } from '../http/entity-tag.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { itemAnswer } from '../views/item-answer.ts';
import { asEditor } from './as-editor.ts';
import { noteDone } from './note-done.ts';

/** `PUT /v1/<kind>s/{name}`: creates an item (201) or replaces it (200), as `If-Match` and `If-None-Match` allow. */
export function putItem(deps: GatewayDependencies, kind: CatalogKind): Handler {
  const { callbackProblem, texts } = deps;
  const validators = { validator: createValidator(), inputs: createInputValidator(), callbackProblem, texts };
  return async (call) => {
    const document = call.body as JsonObject;
    const name = call.params['name'] ?? '';
    const { catalog, secrets } = deps;
    const { item, created } = await asEditor(deps, call, 'catalog.put', `${kind}/${name}`, async (editor) => {
      checkMayEdit(editor, kind, name);
      checkName(document, name);
      const expected = await expectedVersion(deps, kind, call);
      return put({ catalog, secrets, kind, document, editor, ...validators, ...expected });
    });
    await noteDone(deps, call, 'catalog.put', `${kind}/${item.item.name}`, { version: item.version, created });
    call.response.setHeader('ETag', entityTag(item.version));
    if (created) call.response.setHeader('Location', call.request.originalUrl);
    sendJson(call.response, created ? 201 : 200, itemAnswer(kind, item));
  };
}

function checkName(document: JsonObject, name: string): void {
  if (document['name'] === name) return;
  const message = `must be the name in the address, '${name.slice(0, 200)}'`;
  throw new AppError('BODY_INVALID', `/name ${message}`, { errors: [{ path: '/name', message }] });
}

/**
 * The version on which the write is to build, when the caller has set a condition that holds now. The catalog checks
 * it again in the very write. Rejects with PRECONDITION_FAILED.
 */
export async function expectedVersion(
  { catalog }: GatewayDependencies,
  kind: CatalogKind,
  { request, params }: Call,
): Promise<{ readonly expectedVersion?: number | null }> {
  if (request.headers['if-match'] === undefined && request.headers['if-none-match'] === undefined) return {};
  const version = (await catalog.view()).get(kind, params['name'] ?? '')?.version ?? null;
  checkPreconditions(request, version);
  return { expectedVersion: version };
}
