import { deleteItem, putItem } from '@runyard/catalog';
import { createInputValidator, createValidator } from '@runyard/contracts';
import { AppError, type CatalogView, isAppError, isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { asEditor } from '../handlers/as-editor.ts';
import { noteDone } from '../handlers/note-done.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { instanceAnswer } from './instance-answer.ts';
import { deviceDocument, poolDocument } from './instance-document.ts';
import { type InstanceType, instanceTypeOf } from './instance-type.ts';

/** `GET /rest/instance/<type>/<name>`. */
export function getInstance({ catalog }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const { type = '', name = '' } = params;
    const instance = instanceAnswer(await catalog.view(), instanceTypeOf(type), name);
    if (!instance) throw notFound(type, name);
    sendJson(response, 200, instance);
  };
}

/** `POST /rest/instance/<type>`: creates or updates, one by one; what cannot be is told beside what could. */
export function postInstances(deps: GatewayDependencies): Handler {
  const write = createWrite(deps);
  return async (call) => {
    const { params, body, response } = call;
    const type = instanceTypeOf(params['type'] ?? '');
    const success: JsonValue[] = [];
    const failure: JsonValue[] = [];
    for (const object of Array.isArray(body) ? body : [body ?? null]) {
      try {
        success.push(await write(call, type, object));
      } catch (error) {
        // What the caller cannot mend ends the call.
        if (!isAppError(error) || error.status >= 500) throw error;
        failure.push([object, error.message]);
      }
    }
    sendJson(response, 200, {
      ...(success.length > 0 ? { success } : {}),
      ...(failure.length > 0 ? { failure } : {}),
    });
  };
}

/** `DELETE /rest/instance/<type>/<name>`. */
export function deleteInstance(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { type = '', name = '' } = call.params;
    const kind = instanceTypeOf(type);
    await asEditor(deps, call, 'catalog.delete', `${kind}/${name}`, (editor) =>
      deleteItem({ catalog: deps.catalog, kind, name, editor }),
    );
    await noteDone(deps, call, 'catalog.delete', `${type}/${name}`);
    sendJson(call.response, 200, { success: [name] });
  };
}

function createWrite(deps: GatewayDependencies) {
  const { catalog, secrets, callbackProblem, texts } = deps;
  const validators = { validator: createValidator(), inputs: createInputValidator(), callbackProblem, texts };
  return async (call: Call, kind: InstanceType, object: JsonValue): Promise<string> => {
    if (!isJsonObject(object)) throw new AppError('BODY_INVALID', 'It is not an object.');
    const document = documentOf(await catalog.view(), kind, object);
    const name = typeof document['name'] === 'string' ? document['name'] : '';
    const { item, created } = await asEditor(deps, call, 'catalog.put', `${kind}/${name}`, (editor) =>
      putItem({ catalog, secrets, kind, document, editor, ...validators }),
    );
    await noteDone(deps, call, 'catalog.put', `${kind}/${item.item.name}`, { version: item.version, created });
    return item.item.name;
  };
}

function documentOf(view: CatalogView, kind: InstanceType, object: JsonObject): JsonObject {
  const name = typeof object['name'] === 'string' ? object['name'] : '';
  switch (kind) {
    case 'device':
      return deviceDocument(object, view.get('device', name)?.item);
    case 'pool':
      return poolDocument(object, view.get('pool', name)?.item);
    case 'service':
      return { ...instanceAnswer(view, kind, name), ...object };
  }
}

function notFound(type: string, name: string): AppError {
  return new AppError('CATALOG_ITEM_NOT_FOUND', `There is no ${type} with the name '${name.slice(0, 200)}'.`);
}
