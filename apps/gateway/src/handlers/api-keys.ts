import type { NewApiKeyRequest } from '@runyard/contracts';
import { type ApiKey, AppError, type CatalogView, type FieldError } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson, sendNothing } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { apiKeyAnswer } from '../views/account-answer.ts';
import { noteDone } from './note-done.ts';
import { pageOf } from './page-query.ts';

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
    const { name, user, serviceAccount, services, expiresAt } = call.body as unknown as NewApiKeyRequest;
    const account: ApiKey['account'] =
      user === undefined ? { kind: 'service-account', name: serviceAccount ?? '' } : { kind: 'user', name: user };
    const view = await deps.catalog.view();
    checkServiceAccount(account, view);
    checkServices(services, view);
    const { key, token } = await deps.accounts.createApiKey({
      name,
      account,
      ...(services ? { services } : {}),
      createdBy: callerOf(call).name,
      ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
    });
    await noteDone(deps, call, 'api-key.create', key.id, { name, account: `${account.kind}/${account.name}` });
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

function checkServiceAccount({ kind, name }: ApiKey['account'], view: CatalogView): void {
  if (kind === 'user' || view.get('service-account', name)) return;
  throw new AppError('ACCOUNT_NOT_FOUND', `There is no service account with the name '${name}'.`);
}

function checkServices(services: readonly string[] = [], view: CatalogView): void {
  const errors = services.flatMap((service, index): FieldError[] => {
    const message = `there is no service '${service}'`;
    return view.get('service', service) ? [] : [{ path: `/services/${index}`, message }];
  });
  if (errors.length > 0) throw new AppError('BODY_INVALID', 'Some services are not in the catalog.', { errors });
}
