import type { GatewayManagerRun } from '@runyard/contracts';
import {
  AppError,
  DEFAULT_CLUSTER,
  isAppError,
  isTerminal,
  type JsonObject,
  type RunRecord,
  type RunSpec,
  type Service,
} from '@runyard/domain';
import type { AcceptOnceAnswer, RunRequest } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { acceptCall } from '../handlers/accept-call.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { readPreferences } from '../http/prefer.ts';
import { sendJson } from '../http/send.ts';
import { type Call, callerOf, type Handler } from '../route.ts';
import { type Asked, isKeptFromRunning, refusal, runAnswer } from './run-answer.ts';
import { runOutcome } from './run-outcome.ts';
import { runTargets } from './run-targets.ts';

/** `POST /gateway_manager/v1/services/run`: runs a service and waits some seconds for its end. */
export function runService(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as GatewayManagerRun;
    const view = await deps.catalog.view();
    const own = view.get('service', body.serviceName)?.item.cluster;
    const asked = { service: body.serviceName, cluster: body.clusterId ?? own ?? DEFAULT_CLUSTER };
    const { requestId } = call.request;
    let answer: AcceptOnceAnswer;
    try {
      answer = await acceptCall(deps, call, await toRunRequest(deps, call, body, asked), 'gateway-manager');
    } catch (error) {
      if (!isAppError(error) || !isKeptFromRunning(error)) throw error;
      return sendJson(call.response, 200, refusal(asked, requestId, error));
    }
    if (answer.kind === 'accepted') deps.metrics.accepted('gateway-manager');
    if (answer.kind === 'accepted') return sendRun(deps, call, asked, answer.spec);
    if (answer.kind === 'replayed') return sendRun(deps, call, asked, answer.record.spec);
    sendJson(call.response, 200, refusal(asked, requestId, notRun(answer, asked)));
  };
}

async function toRunRequest(
  { gatewayManager, catalog }: GatewayDependencies,
  call: Call,
  body: GatewayManagerRun,
  asked: Asked,
): Promise<RunRequest> {
  const found = await gatewayManager.services.find(callerOf(call), asked.cluster, asked.service);
  // The inventory first: what it gives is an error of HTTP, whatever else there is to say.
  const view = await catalog.view();
  const targets = found && runTargets(body.inventory, found.service.item, asked.cluster, view);
  if (!found || targets === null) throw new AppError('SERVICE_NOT_FOUND', 'The service is not on the cluster.');
  if (typeof targets === 'string') throw new AppError('TARGETS_UNKNOWN', targets);
  const params = (body.params ?? {}) as JsonObject;
  checkAction(found.service.item, params);
  return {
    service: asked.service,
    targets,
    targetRule: 'aggregate',
    ignoreInvalidTargets: false,
    params,
    payload: params,
    cluster: asked.cluster,
  };
}

const ACTIONS = new Set<unknown>(['apply', 'destroy', 'plan']);

function checkAction({ name, type, settings }: Service, params: JsonObject): void {
  if (type !== 'opentofu-plan' || ACTIONS.has(params['action'] ?? settings['action'])) return;
  throw new AppError('BODY_INVALID', `The service '${name}' needs params.action, which is apply or destroy.`, {
    errors: [{ path: '/params/action', message: 'must be apply or destroy' }],
  });
}

function notRun(answer: AcceptOnceAnswer, { service }: Asked): AppError {
  if (answer.kind === 'unknown-targets') return new AppError('TARGETS_UNKNOWN', answer.errors.join('. '));
  return new AppError('TARGETS_EMPTY', `The service '${service}' has no node to run on, and none was named.`);
}

async function sendRun(deps: GatewayDependencies, call: Call, asked: Asked, { id }: RunSpec): Promise<void> {
  const record = await waited(deps, call, id);
  const outcome = record ? await runOutcome(deps.runs, record) : ({ kind: 'running' } as const);
  sendJson(call.response, 200, runAnswer(asked, id, outcome));
}

/** The run when it has ended or the time is over. A caller that hangs up ends the wait, not the run. */
async function waited(deps: GatewayDependencies, call: Call, id: string): Promise<RunRecord | null> {
  const { request, response } = call;
  const { respondAsync, waitSeconds } = readPreferences(request);
  if (respondAsync) {
    response.setHeader('Preference-Applied', 'respond-async');
    return null;
  }
  const most = deps.settings.gatewayManagerWaitMs;
  const timeoutMs = waitSeconds === null ? most : Math.min(most, waitSeconds * 1_000);
  const signal = closedSignal(response, deps.stopping);
  deps.metrics.waitBegan();
  try {
    const record = await deps.waitForRun(id, { timeoutMs, signal });
    return record && isTerminal(record.state) ? record : null;
  } finally {
    deps.metrics.waitEnded();
  }
}
