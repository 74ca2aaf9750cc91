import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../handlers/api-keys.ts';
import { getMe } from '../handlers/get-me.ts';
import { pageQuery } from '../handlers/page-query.ts';
import { changeUser, createUser, deleteUser, listUsers } from '../handlers/users.ts';
import type { Route } from '../route.ts';

/** Users and API keys; for administrators, except `me`. */
export function accountRoutes(deps: GatewayDependencies): readonly Route[] {
  const users = { tag: 'users', access: 'user:admin' } as const;
  return [
    {
      method: 'get',
      path: '/v1/me',
      operationId: 'getMe',
      summary: 'As whom you are known.',
      tag: 'users',
      access: 'caller',
      responses: { 200: { description: 'You.', schema: 'Me' } },
      handler: getMe(),
    },
    {
      ...users,
      method: 'get',
      path: '/v1/users',
      operationId: 'listUsers',
      summary: 'Every user, by name.',
      query: pageQuery,
      responses: { 200: { description: 'A page of users.', schema: 'UserPage' } },
      handler: listUsers(deps),
    },
    {
      ...users,
      method: 'post',
      path: '/v1/users',
      operationId: 'createUser',
      summary: 'Create a user.',
      body: { schema: 'NewUser' },
      responses: { 201: { description: 'It was created.', schema: 'User' } },
      handler: createUser(deps),
    },
    {
      ...users,
      method: 'put',
      path: '/v1/users/{name}',
      operationId: 'changeUser',
      summary: 'Change roles, password, groups or whether a user may log in. What is not given stays.',
      body: { schema: 'UserChange' },
      responses: { 200: { description: 'The user as it is now.', schema: 'User' } },
      handler: changeUser(deps),
    },
    {
      ...users,
      method: 'delete',
      path: '/v1/users/{name}',
      operationId: 'deleteUser',
      summary: 'Delete a user.',
      responses: { 204: { description: 'It is deleted.' } },
      handler: deleteUser(deps),
    },
    ...apiKeyRoutes(deps),
  ];
}

function apiKeyRoutes(deps: GatewayDependencies): readonly Route[] {
  const keys = { tag: 'API keys', access: 'user:admin' } as const;
  return [
    {
      ...keys,
      method: 'get',
      path: '/v1/api-keys',
      operationId: 'listApiKeys',
      summary: 'Every API key, without the keys themselves.',
      query: pageQuery,
      responses: { 200: { description: 'A page of API keys.', schema: 'ApiKeyPage' } },
      handler: listApiKeys(deps),
    },
    {
      ...keys,
      method: 'post',
      path: '/v1/api-keys',
      operationId: 'createApiKey',
      summary: 'Create an API key of a user or a service account. The token is shown this once.',
      body: { schema: 'NewApiKey' },
      responses: { 201: { description: 'It was created.', schema: 'CreatedApiKey' } },
      handler: createApiKey(deps),
    },
    {
      ...keys,
      method: 'delete',
      path: '/v1/api-keys/{id}',
      operationId: 'revokeApiKey',
      summary: 'Revoke an API key.',
      responses: { 204: { description: 'It works nowhere any more.' } },
      handler: revokeApiKey(deps),
    },
  ];
}
