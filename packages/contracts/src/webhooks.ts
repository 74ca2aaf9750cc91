import { isTerminal, RUN_STATES } from '@runyard/domain';
import type { SchemaObject } from './json-schema.ts';
import { nameSchema } from './names.ts';

const WEBHOOKS_MAX = 10;

/** An address that is told that a run ended. Whether it may be called is decided by whoever calls it. */
export const callbackUrlSchema = {
  type: 'string',
  maxLength: 2_000,
  pattern: String.raw`^[hH][tT][tT][pP][sS]?://[^\s/@?#][^\s@]*$`,
  'x-expects': 'an address such as https://host/path, without a user or a password',
  description: 'Is sent the run, signed, when it has ended. See docs/runs.md.',
} as const satisfies SchemaObject;

export const webhooksSchema = {
  type: 'array',
  maxItems: WEBHOOKS_MAX,
  description: 'Who is told that a run of the service ended.',
  items: {
    type: 'object',
    description: 'One receiver.',
    properties: {
      url: callbackUrlSchema,
      on: {
        type: 'array',
        minItems: 1,
        maxItems: RUN_STATES.length,
        items: { enum: RUN_STATES.filter(isTerminal) },
        description: 'The ends of which it is told; every one when absent.',
      },
      secret: { ...nameSchema, description: 'Name of the secret that signs; the key of the installation when absent.' },
    },
    required: ['url'],
    additionalProperties: false,
  },
} as const satisfies SchemaObject;
