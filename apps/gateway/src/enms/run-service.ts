import type { EnmsRunServiceRequest } from '@runyard/contracts';
import { isTerminal, type JsonObject, type RunRecord, type RunSpec } from '@runyard/domain';
import type { AcceptRunAnswer } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { sendJson } from '../http/send.ts';
import { sendParts } from '../http/send-stream.ts';
import { acceptCall } from '../handlers/accept-call.ts';
import type { Call, Handler } from '../route.ts';
import { runtimeText } from '../views/runtime-text.ts';
import { resultBody } from './result-body.ts';
import { toRunRequest } from './run-service-request.ts';

/** The wait goes on until the run ends; this is only how long one step of it takes. */
const WAIT_STEP_MS = 60_000;
const STOPPING_RETRY_SECONDS = 5;

/** `POST /rest/run_service`: runs a service, and by default answers when the run has ended. */
export function runService(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as EnmsRunServiceRequest;
    const request = toRunRequest(body, deps.settings.enmsTargetRule);
    const answer = await acceptCall(deps, call, request, 'enms');
    if (answer.kind !== 'accepted' && answer.kind !== 'replayed') {
      return sendJson(call.response, 200, refusal(answer, body.name));
    }
    if (answer.kind === 'accepted') deps.metrics.accepted('enms');
    const spec = answer.kind === 'accepted' ? answer.spec : answer.record.spec;
    if (body.async) return sendJson(call.response, 200, asyncAnswer(spec));
    return sendEnd(deps, call, spec);
  };
}

function asyncAnswer(spec: RunSpec): JsonObject {
  return {
    errors: [...(spec.targetErrors ?? [])],
    ...(spec.warnings ? { warnings: [...spec.warnings] } : {}),
    runtime: runtimeText(spec.createdAtUs),
    job_id: spec.id,
  };
}

/** Nothing was run: eNMS clients look for the reason in `errors` of an answer with status 200. */
function refusal(answer: AcceptRunAnswer, service: string): JsonObject {
  if (answer.kind === 'unknown-targets') return { errors: [...answer.errors] };
  if (answer.kind !== 'no-targets') throw new Error('run_service knows no dry run');
  const reason = `No device to run on: the service '${service}' has none of its own, and none that is known was named.`;
  return {
    success: false,
    errors: [...answer.errors, reason],
    ...(answer.warnings.length > 0 ? { warnings: [...answer.warnings] } : {}),
    summary: { success: [], failure: [], discard: [] },
    devices: {},
  };
}

/** Waits as long as the run lasts. A caller that hangs up ends the wait, not the run. */
async function sendEnd(deps: GatewayDependencies, { request, response }: Call, { id }: RunSpec): Promise<void> {
  const signal = closedSignal(response, deps.stopping);
  deps.metrics.waitBegan();
  let record: RunRecord | null;
  try {
    do record = await deps.waitForRun(id, { timeoutMs: WAIT_STEP_MS, signal });
    while (record && !isTerminal(record.state) && !signal.aborted);
  } finally {
    deps.metrics.waitEnded();
  }
  if (record && isTerminal(record.state)) return sendParts(response, 200, resultBody(deps.runs, record));
  if (response.destroyed) return;
  response.setHeader('Retry-After', STOPPING_RETRY_SECONDS);
  sendJson(response, 503, stoppingAnswer(request.requestId, id));
}

function stoppingAnswer(requestId: string, id: string): JsonObject {
  return {
    alert: 'Error 503 - The gateway is stopping.',
    error: 'The gateway is stopping; the run goes on. Ask for its result with the job_id.',
    job_id: id,
    request_id: requestId,
  };
}
