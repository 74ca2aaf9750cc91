import type { JsonValue } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { runSchema } from './run.ts';

export const endpointAnswerSchema = {
  type: 'object',
  description: 'What a service gave to a call of its endpoint.',
  properties: {
    runId: { type: 'string', description: 'Id of the run.' },
    state: { const: 'succeeded', description: 'State of the run.' },
    result: {
      description:
        'The result of a service that runs once; else an object of results by device, of the first 1,000 devices or as many as 8 million characters hold.',
    },
    links: { ...runSchema.properties.links, description: 'Where the other devices are, when there are more.' },
  },
  required: ['runId', 'state', 'result'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export interface EndpointAnswer {
  runId: string;
  state: 'succeeded';
  result: JsonValue;
  links?: Record<string, string>;
}
