import type { FromSchema } from 'json-schema-to-ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `http-request`: one HTTP call and what counts as a good answer. */
export const httpRequestSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'http-request',
  description: 'Makes one HTTP request. The result is the body of the answer.',
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  not: { required: ['body', 'json'] },
  properties: {
    method: {
      description: 'The HTTP method.',
      enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      default: 'GET',
    },
    url: {
      'x-template': 'text',
      description:
        'A template for an http or https address without user info. A value put into its path or query is written with the filter url_encode; `query` needs none.',
      type: 'string',
      minLength: 1,
      maxLength: 8192,
    },
    headers: {
      description: 'Header fields; the values are templates.',
      type: 'object',
      maxProperties: 100,
      propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", maxLength: 256 },
      additionalProperties: { type: 'string', maxLength: 16384, 'x-template': 'text' },
    },
    query: {
      description: 'Members of the query; the values are templates and are encoded.',
      type: 'object',
      maxProperties: 100,
      additionalProperties: { type: ['string', 'number', 'boolean'], 'x-template': 'text' },
    },
    body: { description: 'A template for a text body.', type: 'string', maxLength: 1048576, 'x-template': 'text' },
    json: { description: 'A JSON body; each text in it, however deep, is a template.', 'x-template': 'deep' },
    expectedStatus: {
      description: 'Status codes of a good answer: numbers, or ranges such as 2xx. Without it 200 to 299.',
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        anyOf: [
          { type: 'integer', minimum: 100, maximum: 599 },
          { type: 'string', pattern: '^[1-5](xx|[0-9][0-9])$' },
        ],
      },
    },
    timeoutMs: {
      description: 'Milliseconds for the whole exchange, at most the time-out of the service.',
      type: 'integer',
      minimum: 1,
      maximum: 3600000,
    },
    responseBytesMax: {
      description: 'The largest body that is read, in bytes.',
      type: 'integer',
      minimum: 1,
      maximum: 10485760,
      default: 1048576,
    },
    followRedirects: {
      description: 'How many redirects are followed. Each address is checked again.',
      type: 'integer',
      minimum: 0,
      maximum: 5,
      default: 0,
    },
    tls: {
      description: 'How the certificate of the device is treated.',
      type: 'object',
      additionalProperties: false,
      properties: {
        verify: { description: 'Whether an untrusted certificate ends the call.', type: 'boolean', default: true },
      },
    },
    auth: {
      description: 'How the credential is given: as user and password, as a bearer token, or not at all.',
      enum: ['none', 'basic', 'bearer'],
      default: 'none',
    },
    parse: {
      description: 'What the result is: JSON where the answer says so, always text, or always JSON.',
      enum: ['auto', 'text', 'json'],
      default: 'auto',
    },
  },
} as const;

type WithoutChoice = Omit<typeof httpRequestSettings, 'not' | 'properties'> & {
  readonly properties: Omit<(typeof httpRequestSettings)['properties'], 'json'>;
};

/** `json` is kept unknown here: any JSON value fits. */
export type HttpRequestSettings = FromSchema<WithoutChoice, typeof keepOptional> & { readonly json?: unknown };
