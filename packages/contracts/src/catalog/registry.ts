import type { Registry } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';
import { secretNameSchema, tagsSchema } from './repository.ts';

const HTTP_URL = {
  type: 'string',
  minLength: 1,
  maxLength: 2_000,
  pattern: String.raw`^https?://[^\s\u0000-\u001f\u007f]+$`,
  'x-expects': 'an address that begins with https:// or http://',
} as const satisfies SchemaObject;

export const registrySchema = {
  type: 'object',
  description: 'Where packages of programs come from.',
  properties: {
    name: { ...nameSchema, description: 'Its name.' },
    description: descriptionSchema,
    type: { enum: ['pypi', 'ansible-galaxy'], description: 'Packages of Python, or collections of Ansible.' },
    url: { ...HTTP_URL, description: 'Where it is.' },
    default: { type: 'boolean', default: false, description: 'Used where a service names none of this type.' },
    username: { type: 'string', maxLength: 1_000, description: 'User name, with `passwordName`.' },
    passwordName: secretNameSchema('the password'),
    tokenName: secretNameSchema('the token'),
    authUrl: { ...HTTP_URL, description: 'Where a token is asked for.' },
    clientId: { type: 'string', maxLength: 1_000, description: 'As whom a token is asked for.' },
    insecure: { type: 'boolean', default: false, description: 'Does not check the certificate of the server.' },
    tags: tagsSchema,
  },
  required: ['name', 'type', 'url'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** A registry is written as it is stored. */
export type RegistryDocument = Registry;
