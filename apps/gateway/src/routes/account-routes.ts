import type { SchemaObject } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../handlers/api-keys.ts';
import { getMe } from '../handlers/get-me.ts';
import { pageQuery } from '../handlers/page-query.ts';
import { changeUser, createUser, deleteUser, listUsers } from '../handlers/users.ts';
import type { Route } from '../route.ts';

const name = { type: 'string', minLength: 1, maxLength: 64, description: 'Its name.' } as const;
const role = { enum: ['administrator', 'operator'], description: 'What it may do.' } as const;
const password = {
  type: 'string',
  minLength: 8,
  maxLength: 1_024,
  writeOnly: true,
  description: 'The password, 8 to 1,024 characters.',
} as const;
const groups = {
  type: 'array',
  maxItems: 100,
  uniqueItems: true,
  items: { type: 'string', minLength: 1, maxLength: 100 },
  description: 'Names of the groups that it is in.',
} as const;
const expiresAt = { type: 'string', format: 'date-time', description: 'When it ends; never when absent.' } as const;
const disabled = { type: 'boolean', description: 'It cannot log in.' } as const;

function object(
  description: string,
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[] = [],
) {
  return { type: 'object', description, properties, required, additionalProperties: false } as const;
}

const shown = (description: string): SchemaObject => ({ type: 'object', description, additionalProperties: true });

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
      responses: { 200: { description: 'You.', schema: shown('Name, kind and role.') } },
      handler: getMe(),
    },
    {
      ...users,
      method: 'get',
      path: '/v1/users',
      operationId: 'listUsers',
      summary: 'Every user, by name.',
      query: pageQuery,
      responses: { 200: { description: 'A page of users.', schema: shown('A page of users.') } },
      handler: listUsers(deps),
    },
    {
      ...users,
      method: 'post',
      path: '/v1/users',
      operationId: 'createUser',
      summary: 'Create a user.',
      body: { schema: object('A new user.', { name, role, password, groups }, ['name', 'role', 'password']) },
      responses: { 201: { description: 'It was created.', schema: shown('The user.') } },
      handler: createUser(deps),
    },
    {
      ...users,
      method: 'put',
      path: '/v1/users/{name}',
      operationId: 'changeUser',
      summary: 'Change role, password, groups or whether a user may log in. What is not given stays.',
      body: { schema: { ...object('What changes.', { role, password, disabled, groups }), minProperties: 1 } },
      responses: { 200: { description: 'The user as it is now.', schema: shown('The user.') } },
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
      responses: { 200: { description: 'A page of API keys.', schema: shown('A page of API keys.') } },
      handler: listApiKeys(deps),
    },
    {
      ...keys,
      method: 'post',
      path: '/v1/api-keys',
      operationId: 'createApiKey',
      summary: 'Create an API key. The token is shown this once.',
      body: { schema: object('A new API key.', { name, role, expiresAt }, ['name', 'role']) },
      responses: { 201: { description: 'It was created.', schema: shown('The key with its token.') } },
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
