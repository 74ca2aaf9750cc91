import { STEP_STATES } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { pageQuery } from '../handlers/page-query.ts';
import { answerRunStep, getRunTree, listRunSteps } from '../handlers/run-steps.ts';
import type { Route } from '../route.ts';

/** What workflows add to runs: steps, those that ask a person, and runs that started others. */
export function runTreeRoutes(deps: GatewayDependencies): readonly Route[] {
  const look = { tag: 'runs', access: 'run:read', method: 'get' } as const;
  const answer = { tag: 'runs', access: 'run:approve', method: 'post', body: { schema: 'StepAnswer' } } as const;
  return [
    {
      ...look,
      path: '/v1/runs/{id}/tree',
      operationId: 'getRunTree',
      summary: 'The runs that a run started, and those that they started.',
      responses: { 200: { description: 'The tree.', schema: 'RunTree' } },
      handler: getRunTree(deps),
    },
    {
      ...look,
      path: '/v1/runs/{id}/steps',
      operationId: 'listRunSteps',
      summary: 'The steps of a workflow that have begun, by device. A page may be empty and still have a cursor.',
      query: { state: { schema: { enum: STEP_STATES }, description: 'Only steps in this state.' }, ...pageQuery },
      responses: { 200: { description: 'A page of steps.', schema: 'RunStepPage' } },
      handler: listRunSteps(deps),
    },
    {
      ...answer,
      path: '/v1/runs/{id}/approve',
      operationId: 'approveRunStep',
      summary: 'Say yes to a step that asks.',
      responses: { 200: { description: 'The step; its workflow goes on.', schema: 'RunStep' } },
      handler: answerRunStep(deps, true),
    },
    {
      ...answer,
      path: '/v1/runs/{id}/reject',
      operationId: 'rejectRunStep',
      summary: 'Say no to a step that asks: it fails.',
      responses: { 200: { description: 'The step, failed.', schema: 'RunStep' } },
      handler: answerRunStep(deps, false),
    },
  ];
}
