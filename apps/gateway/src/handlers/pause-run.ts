import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { runIdOf } from './find-run.ts';
import { noteDone } from './note-done.ts';

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
    const record = await deps.pauseRun.pause(runIdOf(call.params), caller, reason);
    const detail = { service: record.spec.service, ...(reason === undefined ? {} : { reason }) };
    await noteDone(deps, call, 'run.pause', record.spec.id, detail);
    sendJson(call.response, 200, runAnswer(record));
  };
}

/** `POST /v1/runs/{id}/resume`: goes on where the run stands. */
export function resumeRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const caller = { principal: callerOf(call), door: 'native' } as const;
    const record = await deps.pauseRun.resume(runIdOf(call.params), caller);
    await noteDone(deps, call, 'run.resume', record.spec.id, { service: record.spec.service });
    sendJson(call.response, 200, runAnswer(record));
  };
}
