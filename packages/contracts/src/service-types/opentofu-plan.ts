import type { FromSchema } from 'json-schema-to-ts';
import { fileSchema, runtimeEnvSchema } from './program.ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `opentofu-plan`. */
export const opentofuPlanSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'opentofu-plan',
  description:
    'Plans, applies or destroys what a folder of OpenTofu or Terraform files describes. Params are its variables; its state is kept between runs.',
  type: 'object',
  additionalProperties: false,
  properties: {
    action: {
      description: 'What it does unless the run says otherwise with the param `action`.',
      enum: ['plan', 'apply', 'destroy'],
    },
    vars: {
      description: 'Variables of the author: `name=value`, or an object. Params win.',
      anyOf: [
        { type: 'object', maxProperties: 1000 },
        { type: 'array', maxItems: 1000, items: { type: 'string', pattern: '^[^=]+=', maxLength: 131072 } },
      ],
    },
    varFiles: {
      description: 'Files with variables.',
      type: 'array',
      maxItems: 50,
      items: fileSchema('A file.'),
    },
    stateFile: {
      ...fileSchema('Name of the state among those of the service. A file of this name is where it begins.'),
      maxLength: 100,
      default: 'terraform.tfstate',
    },
    backendConfig: {
      description:
        'Settings of the backend that the files name, as a file or an object: then it keeps the state itself.',
      anyOf: [
        { type: 'string', minLength: 1, maxLength: 1024 },
        { type: 'object', maxProperties: 100, additionalProperties: { type: ['string', 'number', 'boolean'] } },
      ],
    },
    runtime: {
      description: 'What it runs in.',
      type: 'object',
      additionalProperties: false,
      properties: { env: runtimeEnvSchema },
    },
    graceMs: {
      description: 'Milliseconds between SIGINT, which lets it write its state, and SIGKILL.',
      type: 'integer',
      minimum: 0,
      maximum: 600000,
      default: 10000,
    },
  },
} as const;

export type OpentofuPlanSettings = FromSchema<typeof opentofuPlanSettings, typeof keepOptional>;
