import type { FromSchema } from 'json-schema-to-ts';
import { fileSchema, graceSchema, runtimeEnvSchema, wordsSchema } from './program.ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `ansible-playbook`. */
export const ansiblePlaybookSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'ansible-playbook',
  description:
    'Runs playbooks. The targets are its inventory, params its extra variables. Devices of a run that begin together share one process, and each has its own result.',
  type: 'object',
  additionalProperties: false,
  required: ['playbooks'],
  properties: {
    playbooks: {
      description: 'Files, run one after the other by one ansible-playbook.',
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: fileSchema('A playbook.'),
    },
    runtime: {
      description: 'How ansible-playbook is called.',
      type: 'object',
      additionalProperties: false,
      properties: {
        env: runtimeEnvSchema,
        reqFile: fileSchema('A requirements file of Python packages, installed once and kept.'),
        inventory: {
          description: 'Further inventories, beside the one of the targets.',
          type: 'array',
          maxItems: 50,
          items: fileSchema('A file or folder.'),
        },
        configFile: fileSchema('The ansible.cfg; without it that of the working directory counts.'),
        extraVars: {
          description: 'Extra variables of the author: `name=value`, JSON, or an object. Params win.',
          anyOf: [
            { type: 'object', maxProperties: 1000 },
            { type: 'array', maxItems: 200, items: { type: 'string', minLength: 1, maxLength: 131072 } },
          ],
        },
        extraVarsFile: {
          description: 'Files with extra variables.',
          type: 'array',
          maxItems: 50,
          items: fileSchema('A file.'),
        },
        check: { description: 'Changes nothing and tells what would change.', type: 'boolean', default: false },
        diff: { description: 'Shows what changes.', type: 'boolean', default: false },
        forks: { description: 'Devices at once.', type: 'integer', minimum: 1, maximum: 500 },
        tags: wordsSchema('Only tasks with these tags.'),
        skipTags: wordsSchema('No tasks with these tags.'),
        limit: wordsSchema('Only these hosts of the inventory.'),
        verboseLevel: { description: 'How much it tells: 1 is -v.', type: 'integer', minimum: 0, maximum: 6 },
      },
    },
    graceMs: graceSchema(2000),
  },
} as const;

export type AnsiblePlaybookSettings = FromSchema<typeof ansiblePlaybookSettings, typeof keepOptional>;
