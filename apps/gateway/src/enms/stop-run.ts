import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { noteDone } from '../handlers/note-done.ts';
import { checkReach } from '../http/admit.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { runtimeText } from '../views/runtime-text.ts';
import { findByRuntime } from './get-result.ts';

/** `POST /rest/stop_run/<runtime>`: asks a run to end. */
export function stopRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { spec } = await findByRuntime(deps.runs, call.params['runtime'] ?? '');
    const principal = callerOf(call);
    await checkReach(deps, call.request, principal, spec.service);
    const record = await deps.cancelRun(spec.id, { principal, door: 'enms' });
    await noteDone(deps, call, 'run.cancel', spec.id, { service: spec.service, door: 'enms' });
    const answer = { success: true, runtime: runtimeText(spec.createdAtUs), job_id: spec.id, state: record.state };
    sendJson(call.response, 200, answer);
  };
}
