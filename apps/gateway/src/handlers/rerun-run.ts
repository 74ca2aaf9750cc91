import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { acceptedAnswer, runLinks } from '../views/run-answer.ts';
import { runIdOf } from './find-run.ts';

export const rerunSchema = {
  type: 'object',
  description: 'Which devices of the run are to run again.',
  properties: {
    only: { enum: ['failed', 'all'], default: 'failed', description: 'Devices in the state failed, or all.' },
  },
  additionalProperties: false,
} as const;

/** `POST /v1/runs/{id}/rerun`: a new run on the failed, or on all, devices of one that has ended. */
export function rerunRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { only = 'failed' } = call.body as { only?: 'failed' | 'all' };
    const caller = { principal: callerOf(call), door: 'native' } as const;
    const spec = await deps.rerunRun(runIdOf(call.params), only, caller);
    deps.metrics.accepted('native');
    call.response.setHeader('Location', runLinks(spec.id).self);
    sendJson(call.response, 202, acceptedAnswer(spec, 'queued'));
  };
}
