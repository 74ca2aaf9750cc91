/** A file inside the working directory of the service, or inside its source folder. */
export function fileSchema<Description extends string>(description: Description) {
  return { description, type: 'string', minLength: 1, maxLength: 1024 } as const;
}

export const runtimeEnvSchema = {
  description:
    'Environment variables, as an object or as a list of `NAME=value`; the values of an object are templates. Names that begin with RUNYARD_ are set by Runyard.',
  anyOf: [
    {
      type: 'object',
      maxProperties: 200,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 256 },
      additionalProperties: { type: 'string', maxLength: 131072, 'x-template': 'text' },
    },
    {
      type: 'array',
      maxItems: 200,
      items: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*=', maxLength: 131072 },
    },
  ],
} as const;

export const compatSchema = {
  description: 'What older programs expect.',
  type: 'object',
  additionalProperties: false,
  properties: {
    emptyForUnset: {
      description: 'Gives an empty value for each input that is not set, instead of leaving it out.',
      type: 'boolean',
      default: false,
    },
  },
} as const;

export const passCredentialSchema = {
  description: 'Whether the credential is given as RUNYARD_USERNAME and RUNYARD_PASSWORD in the environment.',
  type: 'boolean',
  default: false,
} as const;

export function graceSchema<Default extends number>(graceMs: Default) {
  return {
    description: 'Milliseconds between SIGTERM and SIGKILL when the run is cancelled or out of time.',
    type: 'integer',
    minimum: 0,
    maximum: 60000,
    default: graceMs,
  } as const;
}

/** Names or patterns, as one text or as a list. */
export function wordsSchema<Description extends string>(description: Description) {
  return {
    description,
    anyOf: [
      { type: 'string', minLength: 1, maxLength: 4096 },
      { type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 1024 } },
    ],
  } as const;
}
