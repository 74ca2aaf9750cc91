import type { StepAnswerRequest } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { ONE_ROW, runStepAnswer } from '../views/run-step-answer.ts';
import { runBranchAnswer } from '../views/run-tree-answer.ts';
import { asCaller } from './as-caller.ts';
import { findRun, runIdOf } from './find-run.ts';
import { noteDone } from './note-done.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/runs/{id}/tree`: the runs that it started, and those that they started. */
export function getRunTree({ readTree }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const { rootRunId, branch } = await readTree(runIdOf(params));
    sendJson(response, 200, { rootRunId, run: runBranchAnswer(branch) });
  };
}

/** A step can be answered only while its run goes on. */
const NOT_ENDED = { state: 'running', endedAtMs: null } as const;

/** `GET /v1/runs/{id}/steps`: how far each step of each device has come. A page may be empty and have a cursor. */
export function listRunSteps({ runs, steps }: GatewayDependencies): Handler {
  return async ({ params, query, response }) => {
    // Before the steps: when it has ended, they are as they stay.
    const run = await findRun(runs, params);
    const { cursor, limit } = pageOf(query);
    const page = await steps.list(run.spec.id, cursor, limit);
    const items = page.items.map((row) => runStepAnswer(row, run));
    const wanted = items.filter(({ state }) => query['state'] === undefined || state === query['state']);
    sendJson(response, 200, { items: wanted, cursor: page.cursor });
  };
}

/** `POST /v1/runs/{id}/approve` and `/reject`: says yes or no to a step that asks. */
export function answerRunStep(deps: GatewayDependencies, isApproved: boolean): Handler {
  return async (call) => {
    const { step, device = ONE_ROW, comment } = call.body as unknown as StepAnswerRequest;
    const ref = { runId: runIdOf(call.params), device: device === ONE_ROW ? '' : device, step };
    const answer = { isApproved, ...(comment === undefined ? {} : { comment }) };
    const action = isApproved ? 'run.approve' : 'run.reject';
    const record = await asCaller(deps, call, action, ref.runId, (principal) =>
      deps.answerStep(ref, answer, { principal, door: 'native' }),
    );
    await noteDone(deps, call, action, ref.runId, { step, device, ...(comment === undefined ? {} : { comment }) });
    sendJson(call.response, 200, runStepAnswer({ ...ref, record }, NOT_ENDED));
  };
}
