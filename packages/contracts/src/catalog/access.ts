import type { GroupItem, RoleItem, ServiceAccount, ServiceGroupItem } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';

const NAMES_MAX = 10_000;
const ROLES_MAX = 100;

/** Names of roles, built-in ones or those of the catalog. */
export const rolesSchema = {
  type: 'array',
  maxItems: ROLES_MAX,
  uniqueItems: true,
  items: nameSchema,
  description: 'Names of roles: administrator, operator, viewer, or roles of the catalog. They add up.',
} as const satisfies SchemaObject;

/** The name of a user or an account: it stands in permissions, headers and logs. */
export const accountNameSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
  'x-expects': 'a name of 1 to 64 letters, digits, ".", "_", "@" or "-", beginning with a letter or digit',
} as const satisfies SchemaObject;

const permissionSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 300,
  format: 'permission',
  'x-expects':
    'a permission such as run:read, service:run:<service or group>, device:use:<pool>, act-as:<service account> or secret:update:<secret>',
} as const satisfies SchemaObject;

export const roleSchema = {
  type: 'object',
  description: 'A named set of permissions. Whatever no role gives is not allowed.',
  properties: {
    name: { ...nameSchema, description: 'Its name, by which users, groups and service accounts refer to it.' },
    description: descriptionSchema,
    permissions: {
      type: 'array',
      maxItems: NAMES_MAX,
      uniqueItems: true,
      items: permissionSchema,
      description:
        'What it allows. With `*` for a name it is allowed for each: service:run:*, device:use:*, act-as:*, secret:update:*.',
    },
  },
  required: ['name', 'permissions'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const groupSchema = {
  type: 'object',
  description: 'A set of users, as their records or an identity provider name it, and the roles of its members.',
  properties: {
    name: { ...nameSchema, description: 'Its name, as users have it among their groups.' },
    description: descriptionSchema,
    roles: rolesSchema,
  },
  required: ['name', 'roles'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const serviceAccountSchema = {
  type: 'object',
  description: 'As whom services run and programs call. It has no password: API keys, and those who may act as it.',
  properties: {
    name: { ...accountNameSchema, description: 'Its name, unique among service accounts.' },
    description: descriptionSchema,
    roles: rolesSchema,
    disabled: { type: 'boolean', default: false, description: 'Nothing runs as it, and its keys do not work.' },
  },
  required: ['name', 'roles'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const serviceGroupSchema = {
  type: 'object',
  description: 'A named set of services, for permissions: service:run:<group>.',
  properties: {
    name: { ...nameSchema, description: 'Its name.' },
    description: descriptionSchema,
    services: { type: 'array', maxItems: NAMES_MAX, uniqueItems: true, items: nameSchema, description: 'Services.' },
  },
  required: ['name', 'services'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** These are written as they are stored. */
export type RoleDocument = RoleItem;
export type GroupDocument = GroupItem;
export type ServiceAccountDocument = ServiceAccount;
export type ServiceGroupDocument = ServiceGroupItem;
