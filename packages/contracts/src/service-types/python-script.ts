import type { FromSchema } from 'json-schema-to-ts';
import { compatSchema, fileSchema, graceSchema, passCredentialSchema, runtimeEnvSchema } from './program.ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `python-script`: a file that python3 runs, with params as `--key=value`. */
export const pythonScriptSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'python-script',
  description: 'Runs a Python file. Each param is one argument, `--key=value`, and arrives byte for byte.',
  type: 'object',
  additionalProperties: false,
  required: ['filename'],
  properties: {
    filename: fileSchema('The file, inside the working directory or the source.'),
    runtime: {
      description: 'What it runs in.',
      type: 'object',
      additionalProperties: false,
      properties: {
        env: runtimeEnvSchema,
        reqFile: fileSchema(
          'A requirements file: what it lists is installed once into a virtual environment that is kept.',
        ),
      },
    },
    passCredential: passCredentialSchema,
    compat: compatSchema,
    graceMs: graceSchema(1500),
  },
} as const;

export type PythonScriptSettings = FromSchema<typeof pythonScriptSettings, typeof keepOptional>;
