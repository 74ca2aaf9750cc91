import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';
import {
  openValueInFileSchema,
  secretValueInFileSchema,
  secretValueSchema,
  type SecretValueDocument,
} from './secret.ts';

/** The keys of a credential that hold something secret. */
export const CREDENTIAL_SECRETS = ['password', 'privateKey', 'passphrase', 'enablePassword', 'token'] as const;
export type CredentialSecret = (typeof CREDENTIAL_SECRETS)[number];

const SECRET_DESCRIPTIONS: Readonly<Record<CredentialSecret, string>> = {
  password: 'Password of the user.',
  privateKey: 'Private key for SSH, in PEM or OpenSSH format.',
  passphrase: 'Passphrase of the private key.',
  enablePassword: 'Password for the privileged mode of the device.',
  token: 'Token for HTTP calls.',
};

function secretProperties<Value extends SchemaObject>(value: Value): Record<CredentialSecret, Value> {
  const entries = CREDENTIAL_SECRETS.map((key) => [key, { ...value, description: SECRET_DESCRIPTIONS[key] }]);
  return Object.fromEntries(entries) as Record<CredentialSecret, Value>;
}

export const credentialSchema = {
  type: 'object',
  description: 'With what devices are entered. Secrets are encrypted at rest.',
  properties: {
    name: { ...nameSchema, description: 'Its name, by which devices and services refer to it.' },
    description: descriptionSchema,
    username: { type: 'string', maxLength: 1_000, description: 'User name.' },
    ...secretProperties(secretValueSchema),
    pools: {
      type: 'array',
      maxItems: 1_000,
      items: nameSchema,
      description: 'Pools whose devices use it when neither the device nor the service names a credential.',
    },
    priority: {
      type: 'integer',
      minimum: -1_000_000,
      maximum: 1_000_000,
      default: 0,
      description: 'When several credentials fit a device, the highest is taken.',
    },
  },
  required: ['name'],
  additionalProperties: false,
  'x-unsupported': ['groups', 'subtype', 'agent', 'certificate'],
} as const satisfies SchemaObject;

export const credentialInFileSchema = {
  ...credentialSchema,
  properties: {
    ...credentialSchema.properties,
    username: { ...openValueInFileSchema, description: 'User name.' },
    ...secretProperties(secretValueInFileSchema),
  },
} as const satisfies SchemaObject;

export interface CredentialDocument extends Partial<Record<CredentialSecret, SecretValueDocument>> {
  name: string;
  description?: string;
  username?: string;
  pools?: string[];
  priority?: number;
}
