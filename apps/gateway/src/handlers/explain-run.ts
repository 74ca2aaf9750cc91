import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { runWhyAnswer } from '../views/run-why-answer.ts';
import { runIdOf } from './find-run.ts';

/** `GET /v1/runs/{id}/why`: what the run waits for, in words. */
export function explainRun(deps: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    sendJson(response, 200, runWhyAnswer(await deps.explainRun(runIdOf(params))));
  };
}
