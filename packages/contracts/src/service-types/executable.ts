import type { FromSchema } from 'json-schema-to-ts';
import { compatSchema, graceSchema, passCredentialSchema, runtimeEnvSchema } from './program.ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `executable`: one program, started without a shell. */
export const executableSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'executable',
  description: 'Runs a program. No shell takes part: each argument arrives byte for byte.',
  type: 'object',
  additionalProperties: false,
  required: ['filename'],
  not: { required: ['interpreter', 'executableObject'] },
  properties: {
    filename: {
      description:
        'The program: a path inside the source folder; without a source an absolute path or the bare name of a program on PATH.',
      type: 'string',
      minLength: 1,
      maxLength: 1024,
    },
    interpreter: {
      description: 'The program that runs the file, such as python3: a bare name on PATH or an absolute path.',
      type: 'string',
      minLength: 1,
      maxLength: 1024,
    },
    executableObject: {
      description: 'The program of the catalog that runs the file.',
      type: 'string',
      minLength: 1,
      maxLength: 200,
    },
    args: {
      description: 'Templates, each of which becomes exactly one argument.',
      type: 'array',
      maxItems: 1000,
      items: { type: 'string', maxLength: 131072, 'x-template': 'text' },
    },
    argFormat: {
      description:
        'How a param becomes arguments: {{.Key}} and {{.Value}} are replaced after the text was split at white space.',
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      default: '--{{.Key}} {{.Value}}',
    },
    passParams: {
      description: 'Whether the params are given as arguments, after `args`. Without `args` they are.',
      type: 'boolean',
    },
    env: {
      description:
        'Environment variables; the values are templates. Names that begin with RUNYARD_ are set by Runyard.',
      type: 'object',
      maxProperties: 200,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 256 },
      additionalProperties: { type: 'string', maxLength: 131072, 'x-template': 'text' },
    },
    stdin: {
      'x-template': 'text',
      description:
        'A template for the standard input. Without it the program reads its inventory as JSON, if it has one.',
      type: 'string',
      maxLength: 1048576,
    },
    workingDirectory: {
      description:
        'Where the program starts: a folder inside the source folder, empty for its root; without a source an absolute path is possible.',
      type: 'string',
      maxLength: 1024,
      default: '',
    },
    runtime: {
      description: 'What it runs in.',
      type: 'object',
      additionalProperties: false,
      properties: { env: runtimeEnvSchema },
    },
    passCredential: passCredentialSchema,
    compat: compatSchema,
    graceMs: graceSchema(1500),
  },
} as const;

export type ExecutableSettings = FromSchema<typeof executableSettings, typeof keepOptional>;
