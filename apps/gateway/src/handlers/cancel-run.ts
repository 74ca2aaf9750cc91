import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { runIdOf } from './find-run.ts';
import { noteDone } from './note-done.ts';

/** `POST /v1/runs/{id}/cancel`: asks the run to end; it may take the workers a moment. */
export function cancelRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const caller = { principal: callerOf(call), door: 'native' } as const;
    const record = await deps.cancelRun(runIdOf(call.params), caller);
    await noteDone(deps, call, 'run.cancel', record.spec.id, { service: record.spec.service, door: 'native' });
    sendJson(call.response, 202, runAnswer(record));
  };
}
