import { RUN_STATES } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

const runId = { type: 'string', pattern: '^[0-9a-f]{24}$', description: 'A run id.' } as const;

/** One run of a tree with the runs that it started. */
export const runBranchSchema = {
  type: 'object',
  description: 'A run with the runs that it started.',
  properties: {
    id: runId,
    state: { enum: [...RUN_STATES, null], description: 'Its state; null when it is not kept any more.' },
    service: { type: ['string', 'null'], description: 'The service that it runs.' },
    endpoint: { type: 'string', description: 'The endpoint that was called.' },
    principal: { type: ['string', 'null'], description: 'As whom it runs.' },
    stepId: { type: 'string', description: 'The step that started it; empty for a call from outside of a workflow.' },
    device: { type: 'string', description: 'The device of the parent on which that step was.' },
    createdAt: { ...timeSchema, description: 'When it was accepted.' },
    children: { type: 'array', items: { $ref: 'RunBranch' }, description: 'In the order in which they were accepted.' },
  },
  required: ['id', 'state', 'service', 'principal', 'children'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const runTreeSchema = {
  type: 'object',
  description: 'The runs below one, 500 at most below one root.',
  properties: {
    rootRunId: { ...runId, description: 'The run at the top of the tree.' },
    run: { $ref: 'RunBranch' },
  },
  required: ['rootRunId', 'run'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export interface RunBranchAnswer {
  id: string;
  state: string | null;
  service: string | null;
  endpoint?: string;
  principal: string | null;
  stepId?: string;
  device?: string;
  createdAt: string;
  children: RunBranchAnswer[];
}

export interface RunTreeAnswer {
  rootRunId: string;
  run: RunBranchAnswer;
}
