import { AppError, type Role } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson, sendNothing } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { apiKeyAnswer } from '../views/account-answer.ts';
import { noteDone } from './note-done.ts';
import { pageOf } from './page-query.ts';

interface NewApiKeyBody {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: string;
}

/** `GET /v1/api-keys`. */
export function listApiKeys({ accounts }: GatewayDependencies): Handler {
  return async ({ query, response }) => {
    const { cursor, limit } = pageOf(query);
    const page = await accounts.listApiKeys(cursor, limit);
    sendJson(response, 200, { items: page.items.map(apiKeyAnswer), cursor: page.cursor });
  };
}

/** `POST /v1/api-keys`: the token is in this answer and never again. */
export function createApiKey(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { name, role, expiresAt } = call.body as unknown as NewApiKeyBody;
    const { key, token } = await deps.accounts.createApiKey({
      name,
      role,
      createdBy: callerOf(call).name,
      ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
    });
    await noteDone(deps, call, 'api-key.create', key.id, { name, role });
    sendJson(call.response, 201, { ...apiKeyAnswer(key), token });
  };
}

/** `DELETE /v1/api-keys/{id}`: the key works nowhere any more. */
export function revokeApiKey(deps: GatewayDependencies): Handler {
  return async (call) => {
    const id = call.params['id'] ?? '';
    if (!(await deps.accounts.revokeApiKey(id))) {
      throw new AppError('API_KEY_NOT_FOUND', `There is no API key with the id '${id.slice(0, 200)}'.`);
    }
    await noteDone(deps, call, 'api-key.revoke', id);
    sendNothing(call.response);
  };
}
