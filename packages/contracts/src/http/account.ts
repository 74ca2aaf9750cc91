import type { FromSchema } from 'json-schema-to-ts';
import { accountNameSchema, rolesSchema } from '../catalog/access.ts';
import type { SchemaObject } from '../json-schema.ts';
import { nameSchema } from '../names.ts';
import { timeSchema } from './parts.ts';

const SERVICES_MAX = 1_000;
const GROUPS_MAX = 100;

const name = { ...accountNameSchema, description: 'Its name.' } as const satisfies SchemaObject;
const disabled = { type: 'boolean', description: 'It cannot log in.' } as const satisfies SchemaObject;
const password = {
  type: 'string',
  minLength: 8,
  maxLength: 1_024,
  writeOnly: true,
  description: 'The password, 8 to 1,024 characters.',
} as const satisfies SchemaObject;
const groups = {
  type: 'array',
  maxItems: GROUPS_MAX,
  uniqueItems: true,
  items: { type: 'string', minLength: 1, maxLength: 100 },
  description: 'Names of the groups that it is in; those of the catalog give it roles.',
} as const satisfies SchemaObject;
const services = {
  type: 'array',
  minItems: 1,
  maxItems: SERVICES_MAX,
  uniqueItems: true,
  items: nameSchema,
  description: 'The only services that it reaches, of those that the account may run; any of them when absent.',
} as const satisfies SchemaObject;
const texts = { type: 'array', items: { type: 'string' } } as const satisfies SchemaObject;
const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const satisfies SchemaObject;

export const newUserSchema = {
  type: 'object',
  description: 'A new user.',
  properties: { name, roles: rolesSchema, password, groups },
  required: ['name', 'roles', 'password'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const userChangeSchema = {
  type: 'object',
  description: 'What changes of a user. What is not given stays.',
  properties: { roles: rolesSchema, password, disabled, groups },
  minProperties: 1,
  additionalProperties: false,
} as const satisfies SchemaObject;

export const userSchema = {
  type: 'object',
  description: 'A user.',
  properties: {
    name,
    roles: { ...texts, description: 'Names of its roles.' },
    groups: { ...texts, description: 'Names of the groups that it is in.' },
    disabled,
    createdAt: { ...timeSchema, description: 'When it was made.' },
    external: { type: 'boolean', description: 'An identity provider lets it in.' },
  },
  required: ['name', 'roles', 'groups', 'disabled', 'createdAt', 'external'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const newApiKeySchema = {
  type: 'object',
  description: 'A new API key, for exactly one of `user` and `serviceAccount`.',
  properties: {
    name: { ...accountNameSchema, description: 'What it is for; several keys may have the same name.' },
    user: { ...accountNameSchema, description: 'The user as whom its holder acts.' },
    serviceAccount: { ...accountNameSchema, description: 'The service account as whom its holder acts.' },
    services,
    expiresAt: { type: 'string', format: 'date-time', description: 'When it ends; never when absent.' },
  },
  required: ['name'],
  oneOf: [{ required: ['user'] }, { required: ['serviceAccount'] }],
  additionalProperties: false,
} as const satisfies SchemaObject;

const apiKeyProperties = {
  id: { type: 'string', description: 'Its id; `credentialId` of what its holder does.' },
  name: { type: 'string', description: 'What it is for.' },
  user: { type: 'string', description: 'The user as whom its holder acts.' },
  serviceAccount: { type: 'string', description: 'The service account as whom its holder acts.' },
  services: { ...texts, description: 'The only services that it reaches.' },
  roles: { ...texts, description: 'Roles of a key that was made before keys had accounts.' },
  createdBy: { type: 'string', description: 'Who made it.' },
  createdAt: { ...timeSchema, description: 'When it was made.' },
  expiresAt: { ...nullableTime, description: 'When it ends; null when it does not.' },
  lastUsedAt: { ...nullableTime, description: 'When it was last used, to the minute.' },
} as const satisfies Record<string, SchemaObject>;
const apiKeyRequired = ['id', 'name', 'createdBy', 'createdAt', 'expiresAt', 'lastUsedAt'] as const;

export const apiKeySchema = {
  type: 'object',
  description: 'An API key, without the key.',
  properties: apiKeyProperties,
  required: apiKeyRequired,
  additionalProperties: false,
} as const satisfies SchemaObject;

export const createdApiKeySchema = {
  type: 'object',
  description: 'An API key with the key.',
  properties: { ...apiKeyProperties, token: { type: 'string', description: 'The key. It is shown this once.' } },
  required: [...apiKeyRequired, 'token'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const meSchema = {
  type: 'object',
  description: 'As whom somebody is known.',
  properties: {
    name,
    kind: { enum: ['user', 'service-account'], description: 'What kind of account it is.' },
    roles: { ...texts, description: 'Names of its own roles.' },
    groups: { ...texts, description: 'Names of its groups, whose roles come beside them.' },
    credentialId: {
      type: 'string',
      description: 'Which credential proved it: password, session, oidc or the id of an API key.',
    },
    services: { ...texts, description: 'The only services that the credential reaches.' },
  },
  required: ['name', 'kind', 'roles', 'groups', 'credentialId'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const newSessionSchema = {
  type: 'object',
  description: 'Who logs in.',
  properties: {
    username: { type: 'string', minLength: 1, maxLength: 64, description: 'Name of the user.' },
    password: { type: 'string', minLength: 1, maxLength: 1_024, writeOnly: true, description: 'The password.' },
  },
  required: ['username', 'password'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const sessionSchema = {
  type: 'object',
  description: 'A session; its token is in the cookie only.',
  properties: { expiresInSeconds: { type: 'integer', description: 'How long it lasts.' } },
  required: ['expiresInSeconds'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type NewUserRequest = FromSchema<typeof newUserSchema>;
export type UserChangeRequest = FromSchema<typeof userChangeSchema>;
export type UserAnswer = FromSchema<typeof userSchema>;
export type NewApiKeyRequest = FromSchema<typeof newApiKeySchema>;
export type ApiKeyAnswer = FromSchema<typeof apiKeySchema>;
export type CreatedApiKeyAnswer = FromSchema<typeof createdApiKeySchema>;
export type NewSessionRequest = FromSchema<typeof newSessionSchema>;
export type MeAnswer = FromSchema<typeof meSchema>;
