/** The keys of a service of type `no-op`, which touches no device. */
export const noOpSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'no-op',
  description: 'Does nothing but answer. For demonstrations, tests and measurements.',
  type: 'object',
  additionalProperties: false,
  properties: {
    result: { description: 'The result: any value; a text is a template.', default: 'ok', 'x-template': 'text' },
    delayMs: {
      description: 'Milliseconds before the answer.',
      type: 'integer',
      minimum: 0,
      maximum: 3600000,
      default: 0,
    },
    fail: {
      description: 'Whether the device fails: a boolean, or a template that renders to true, yes or 1.',
      type: ['boolean', 'string'],
      'x-template': 'text',
      default: false,
    },
  },
} as const;

export interface NoOpSettings {
  readonly result?: unknown;
  readonly delayMs?: number;
  readonly fail?: boolean | string;
}
