import { ENDPOINT_METHODS, MAINTENANCE_RETRY_AFTER_MS } from '@runyard/domain';
import type { EndpointMethod, JsonValue, ParameterType } from '@runyard/domain';
import { type Duration, durationSchema, formatDuration } from '../durations.ts';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema } from '../names.ts';
import { accountNameSchema } from './access.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const ENDPOINTS_MAX = 100;
const PARAMETERS_MAX = 100;
const VALUES_MAX = 1_000;
const ORIGINS_MAX = 100;

/** The part of an address that stands for a service. */
const slugSchema = {
  type: 'string',
  pattern: '^[a-z0-9]([a-z0-9-]{0,198}[a-z0-9])?$',
  'x-expects': 'lower-case letters, digits and hyphens, beginning and ending with a letter or digit, 200 at most',
  description: 'Its part of the address under /api/services; made from the name when absent. Unique among services.',
} as const satisfies SchemaObject;

/** The name of an endpoint; it stands in its address. */
export const endpointNameSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$',
  'x-expects': 'a name of 1 to 100 letters, digits, ".", "_", "~" or "-", beginning with a letter or digit',
} as const satisfies SchemaObject;

const requestRateSchema = {
  type: 'object',
  description: 'Calls that each client address may make in a time, over all gateways; more are a 429.',
  properties: {
    requests: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Number of calls.' },
    per: durationSchema({
      description: 'The time in which they may come.',
      minimumMs: SECOND_MS,
      maximumMs: DAY_MS,
    }),
  },
  required: ['requests', 'per'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const parameterValueSchema = {
  type: ['string', 'number', 'boolean'],
  maxLength: 2_000,
  'x-expects': 'a text of up to 2,000 characters, a number, true or false',
} as const satisfies SchemaObject;

const parameterSchema = {
  type: 'object',
  description: 'A query parameter; its value becomes the param of the run with the same name.',
  properties: {
    name: {
      type: 'string',
      pattern: '^(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]{0,99}$',
      'x-expects': 'a name of 1 to 100 letters, digits, "_" or "-", beginning with a letter or "_"',
      description: 'Its name, unique in the endpoint.',
    },
    type: {
      enum: ['string', 'integer', 'number', 'boolean'],
      description: 'What it is; the text of a query is turned into it.',
    },
    description: descriptionSchema,
    required: { type: 'boolean', default: false, description: 'Calls without it are refused.' },
    default: { ...parameterValueSchema, description: 'Its value in calls without it.' },
    enum: {
      type: 'array',
      minItems: 1,
      maxItems: VALUES_MAX,
      uniqueItems: true,
      items: parameterValueSchema,
      description: 'The only values that it may have.',
    },
  },
  required: ['name', 'type'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const endpointSchema = {
  type: 'object',
  description: 'An address by which the service is run: /api/services/{slug}/{endpoint}.',
  properties: {
    name: { ...endpointNameSchema, description: 'Its part of the address, unique in the service.' },
    description: descriptionSchema,
    methods: {
      type: 'array',
      minItems: 1,
      maxItems: ENDPOINT_METHODS.length,
      uniqueItems: true,
      items: { enum: ENDPOINT_METHODS },
      default: ['GET'],
      description: 'Methods that it takes. Steps and schedules call only those with GET.',
    },
    parameters: {
      type: 'array',
      maxItems: PARAMETERS_MAX,
      items: parameterSchema,
      description: 'Query parameters that it takes; any other one is refused.',
    },
    async: { type: 'boolean', default: false, description: 'Answers 202 with the job id and does not wait.' },
    runAs: {
      ...accountNameSchema,
      description:
        'Service account as whom calls over HTTP run; the caller needs act-as for it. As the caller when absent. Steps and schedules say their own.',
    },
    rateLimit: requestRateSchema,
  },
  required: ['name'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** The keys of a service that are about calling it over HTTP. */
export const addressProperties = {
  slug: slugSchema,
  endpoints: {
    type: 'array',
    maxItems: ENDPOINTS_MAX,
    items: endpointSchema,
    description: 'Addresses by which it is run over HTTP, and by steps and schedules.',
  },
  allowUnauthenticated: {
    type: 'boolean',
    default: false,
    description: 'Its endpoints let in who brings no credentials, if the gateway names an account for that.',
  },
  allowRecursion: {
    type: 'boolean',
    default: false,
    description: 'It may come again in a chain of runs that started each other.',
  },
  maintenance: {
    type: ['boolean', 'object'],
    description: 'Its endpoints answer 503: true, or a message and when to try again. Steps and schedules go on.',
    properties: {
      message: { type: 'string', minLength: 1, maxLength: 1_000, description: 'What callers are told.' },
      retryAfter: durationSchema({
        description: 'After which time callers are told to try again.',
        minimumMs: SECOND_MS,
        maximumMs: 30 * DAY_MS,
        default: formatDuration(MAINTENANCE_RETRY_AFTER_MS),
      }),
    },
    additionalProperties: false,
  },
  rateLimit: { ...requestRateSchema, description: 'Calls of all its endpoints together, by each client address.' },
  cors: {
    type: 'object',
    description: 'Pages of which origins may call its endpoints; none when absent.',
    properties: {
      origins: {
        type: 'array',
        minItems: 1,
        maxItems: ORIGINS_MAX,
        uniqueItems: true,
        items: {
          type: 'string',
          maxLength: 300,
          pattern: String.raw`^(\*|https?://[a-z0-9.\[\]:-]+)$`,
          'x-expects': 'an origin in lower case such as https://portal.example.com, without a path, or *',
        },
        description: 'Origins, or * for any, without credentials.',
      },
    },
    required: ['origins'],
    additionalProperties: false,
  },
} as const satisfies Record<string, SchemaObject>;

interface RequestRateDocument {
  requests: number;
  per: Duration;
}

interface ParameterDocument {
  name: string;
  type: ParameterType;
  description?: string;
  required?: boolean;
  default?: JsonValue;
  enum?: JsonValue[];
}

interface EndpointDocument {
  name: string;
  description?: string;
  methods?: EndpointMethod[];
  parameters?: ParameterDocument[];
  async?: boolean;
  runAs?: string;
  rateLimit?: RequestRateDocument;
}

/** The same keys as people write them. */
export interface AddressDocument {
  slug?: string;
  endpoints?: EndpointDocument[];
  allowUnauthenticated?: boolean;
  allowRecursion?: boolean;
  maintenance?: boolean | { message?: string; retryAfter?: Duration };
  rateLimit?: RequestRateDocument;
  cors?: { origins: string[] };
}
