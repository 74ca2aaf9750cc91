import type { ExecutableObject } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';
import { tagsSchema } from './repository.ts';

export const executableObjectSchema = {
  type: 'object',
  description: 'A program that runs files of services.',
  properties: {
    name: { ...nameSchema, description: 'Its name, by which services refer to it.' },
    description: descriptionSchema,
    execCommand: {
      type: 'string',
      minLength: 1,
      maxLength: 4_096,
      pattern: String.raw`^[^\u0000-\u001f\u007f]+$`,
      'x-expects': 'the path or name of a program',
      description: 'The program: an absolute path, or a name on the PATH of the worker.',
    },
    tags: tagsSchema,
  },
  required: ['name', 'execCommand'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** An executable object is written as it is stored. */
export type ExecutableObjectDocument = ExecutableObject;
