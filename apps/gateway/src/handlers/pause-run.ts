import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { runIdOf } from './find-run.ts';

export const pauseSchema = {
  type: 'object',
  description: 'Why.',
  properties: { reason: { type: 'string', maxLength: 500, description: 'Shown to whoever asks why nothing happens.' } },
  additionalProperties: false,
} as const;

/** `POST /v1/runs/{id}/pause`: nothing new begins; devices in work finish. */
export function pauseRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const caller = { principal: callerOf(call), door: 'native' } as const;
    const { reason } = (call.body ?? {}) as { reason?: string };
    sendJson(call.response, 200, runAnswer(await deps.pauseRun.pause(runIdOf(call.params), caller, reason)));
  };
}

/** `POST /v1/runs/{id}/resume`: goes on where the run stands. */
export function resumeRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const caller = { principal: callerOf(call), door: 'native' } as const;
    sendJson(call.response, 200, runAnswer(await deps.pauseRun.resume(runIdOf(call.params), caller)));
  };
}
