import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { lineageOf } from '../http/lineage.ts';
import { sendJson } from '../http/send.ts';
import { type Handler, runCallerOf } from '../route.ts';
import { acceptedAnswer, runLinks } from '../views/run-answer.ts';
import { runIdOf } from './find-run.ts';

export const rerunSchema = {
  type: 'object',
  description: 'Which devices of the run are to run again.',
  properties: {
    only: {
      enum: ['failed', 'all'],
      default: 'failed',
      description: 'Devices in the state failed, or all. To resume: all that did not succeed, or all.',
    },
    resume: {
      type: 'boolean',
      default: false,
      description: 'A workflow goes on at the step that ended it; steps that ended well are not done again.',
    },
  },
  additionalProperties: false,
} as const;

/** `POST /v1/runs/{id}/rerun`: a new run on the failed, or on all, devices of one that has ended. */
export function rerunRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { only = 'failed', resume = false } = call.body as { only?: 'failed' | 'all'; resume?: boolean };
    const lineage = lineageOf(deps, call.request);
    const order = { only, resume, ...(lineage ? { lineage } : {}) };
    const spec = await deps.rerunRun(runIdOf(call.params), order, runCallerOf(call, 'native'));
    deps.metrics.accepted('native');
    call.response.setHeader('Location', runLinks(spec.id).self);
    sendJson(call.response, 202, acceptedAnswer(spec, 'queued'));
  };
}
