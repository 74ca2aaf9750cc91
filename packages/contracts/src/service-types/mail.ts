import type { FromSchema } from 'json-schema-to-ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** Recipients of one mail, in `to`, `cc` and `bcc` together. */
export const MAIL_RECIPIENTS_MAX = 100;

const addressSchema = { type: 'string', minLength: 1, maxLength: 2_000, 'x-template': 'text' } as const;
const addressesSchema = { type: 'array', maxItems: MAIL_RECIPIENTS_MAX, items: addressSchema } as const;
const bodySchema = { type: 'string', minLength: 1, maxLength: 262_144, 'x-template': 'text' } as const;

/** The keys of a service of type `mail`. */
export const mailSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'mail',
  description: 'Sends one mail over SMTP. The credential of the service, if it names one, is its login there.',
  type: 'object',
  additionalProperties: false,
  required: ['host', 'from', 'to', 'subject'],
  anyOf: [{ required: ['text'] }, { required: ['html'] }],
  // A key of all services: this part counts where a service is checked as a whole.
  if: { required: ['credential', 'security'], properties: { security: { const: 'none' } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: {
    properties: {
      host: {
        pattern: '^(localhost|127(\\.[0-9]{1,3}){3}|::1)$',
        'x-expects':
          'this machine (localhost, 127.0.0.1 or ::1) where `security` is none and there is a `credential`: a password goes over no network unencrypted',
      },
    },
  },
  properties: {
    host: {
      description: 'Name or address of the mail server.',
      type: 'string',
      pattern: '^[A-Za-z0-9:]([A-Za-z0-9.:_-]{0,253}[A-Za-z0-9:])?$',
      'x-expects': 'the name or address of a host',
    },
    port: {
      description: 'Its port. Without it 587 for starttls, 465 for tls, 25 for none.',
      type: 'integer',
      minimum: 1,
      maximum: 65535,
    },
    security: {
      description:
        'How the connection is encrypted: starttls begins in the clear and sends nothing before it is encrypted, tls is encrypted from the start, none never.',
      enum: ['none', 'starttls', 'tls'],
      default: 'starttls',
    },
    tls: {
      description: 'How the certificate of the mail server is treated.',
      type: 'object',
      additionalProperties: false,
      properties: {
        verify: { description: 'Whether an untrusted certificate ends the call.', type: 'boolean', default: true },
      },
    },
    from: { ...addressSchema, description: 'A template for the sender: `who@where` or `Name <who@where>`.' },
    to: { ...addressesSchema, minItems: 1, description: 'Recipients; each a template for one address.' },
    cc: { ...addressesSchema, description: 'Recipients of a copy that all see.' },
    bcc: { ...addressesSchema, description: 'Recipients of a copy that the others do not see.' },
    replyTo: { ...addressSchema, description: 'A template for the address that answers go to.' },
    subject: { description: 'A template for one line.', type: 'string', maxLength: 2_000, 'x-template': 'text' },
    text: { ...bodySchema, description: 'A template for the text.' },
    html: {
      ...bodySchema,
      description: 'A template for the same as HTML. A value is put into it with the filter escape.',
    },
  },
} as const;

type Simple = Omit<typeof mailSettings, 'anyOf' | 'if' | 'then'>;

export type MailSettings = FromSchema<Simple, typeof keepOptional>;
