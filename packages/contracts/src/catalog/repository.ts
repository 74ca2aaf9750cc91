import type { Repository } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';

const URL_LENGTH_MAX = 2_000;

/** Words to find an item by. */
export const tagsSchema = {
  type: 'array',
  maxItems: 50,
  items: { type: 'string', minLength: 1, maxLength: 100 },
  description: 'Words to find it by.',
} as const satisfies SchemaObject;

/** The name of a secret of the catalog that holds something for this item. */
export function secretNameSchema(holds: string) {
  return { ...nameSchema, description: `Name of the secret that holds ${holds}.` } as const satisfies SchemaObject;
}

// What git would take for an option, and what it would run a program for (`ext::`), is no address.
const GIT_URL = String.raw`^((https?|ssh|file)://[^\s\u0000-\u001f\u007f]+|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s\u0000-\u001f\u007f]+)$`;
// A branch, tag or commit: no option, no range, nothing that git refuses in a reference.
const GIT_REFERENCE = String.raw`^(?!-)(?!/)(?!.*(\.\.|@\{|//))[^\s\u0000-\u001f\u007f~^:?*\[\\]+$`;

export const repositorySchema = {
  type: 'object',
  description: 'A git repository with the files of services.',
  properties: {
    name: { ...nameSchema, description: 'Its name, by which services refer to it.' },
    description: descriptionSchema,
    url: {
      type: 'string',
      minLength: 1,
      maxLength: URL_LENGTH_MAX,
      pattern: GIT_URL,
      'x-expects': 'the address of a git repository: https://, ssh://, file:// or user@host:path',
      description: 'Where it is; a password does not belong here.',
    },
    reference: {
      type: 'string',
      minLength: 1,
      maxLength: 250,
      pattern: GIT_REFERENCE,
      'x-expects': 'the name of a branch or tag, or a commit',
      description: 'Branch, tag or commit; the default branch when absent.',
    },
    tags: tagsSchema,
    username: { type: 'string', maxLength: 1_000, description: 'User name, with `passwordName`.' },
    passwordName: secretNameSchema('the password or token for HTTPS'),
    privateKeyName: secretNameSchema('the private key for SSH'),
  },
  required: ['name', 'url'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** A repository is written as it is stored. */
export type RepositoryDocument = Repository;
