import {
  AppError,
  type EndpointMethod,
  isJsonObject,
  isTerminal,
  type JsonObject,
  type RunSpec,
  type RunState,
} from '@runyard/domain';
import type { AcceptOnceAnswer, RunRequest } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { acceptCall } from '../handlers/accept-call.ts';
import type { Authenticated } from '../http/authenticate.ts';
import { createCompile } from '../http/check.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { answerPreflight, showTo, siteOf } from '../http/cors.ts';
import { createBodyReader } from '../http/endpoint.ts';
import { readPreferences } from '../http/prefer.ts';
import { readAnyQuery } from '../http/read-query.ts';
import { sendJson, sendNothing } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { acceptedAnswer, runLinks } from '../views/run-answer.ts';
import { checkMaintenance, countCall } from './admit-call.ts';
import { callerOfEndpoint, checkSite } from './caller-of-endpoint.ts';
import { endpointAnswer } from './endpoint-answer.ts';
import { createFindEndpoint, type FoundEndpoint } from './find-endpoint.ts';

/**
 * `GET|POST|PUT /api/services/{slug}/{endpoint}`: runs a service and answers with its result. What can be refused is
 * looked at from the outside in: address, method, maintenance, rate limit, credentials, rights, parameters, then the run.
 */
export function callEndpoint(deps: GatewayDependencies): Handler {
  const { bodyBytesMax } = deps.settings;
  const findEndpoint = createFindEndpoint(deps);
  const readBody = createBodyReader(
    { schema: { type: 'object' }, optional: true },
    { compile: createCompile(), bodyBytesMax },
  );
  return async (call) => {
    const { request, response } = call;
    const found = await findEndpoint(call);
    const { service, endpoint } = found;
    showTo(request, response, service.cors);
    if (request.method === 'OPTIONS') {
      response.setHeader('Allow', endpoint.methods.join(', '));
      answerPreflight(request, response, endpoint.methods);
      return sendNothing(response);
    }
    checkCall(call, found);
    await countCall(deps.callLimiter, found, request.ip ?? '');
    let admitted = await admit(deps, call, found);
    const body = request.method === 'GET' ? undefined : await readBody(request);
    // A body may take minutes to come: what was found and who was let in may not be any more.
    if (body !== undefined) {
      const foundNow = await findEndpoint(call);
      checkCall(call, foundNow);
      admitted = await admit(deps, call, foundNow);
    }
    // The run reads them by what the endpoint declares, once it is known that the caller may run it.
    const params: JsonObject = { ...readAnyQuery(request) };
    const payload = isJsonObject(body) ? body : params;
    // What an Idempotency-Key stands for is the whole call: another endpoint or query under it is another call.
    const whole = { service: service.name, endpoint: endpoint.name, method: request.method, params, payload };
    const { principal, rightsRevision } = admitted;
    const asked = { ...call, principal, rightsRevision, body: whole };
    const answer = await acceptCall(deps, asked, runRequest(admitted.found, params, payload), 'endpoint');
    await answerTo(deps, call, admitted.found, answer);
  };
}

/** Throws ENDPOINT_METHOD_NOT_ALLOWED, PERMISSION_DENIED for pages of other sites, or SERVICE_IN_MAINTENANCE. */
function checkCall({ request, response }: Call, { service, endpoint }: FoundEndpoint): void {
  // Also HEAD: looking at an address must run nothing.
  if (!endpoint.methods.includes(request.method as EndpointMethod)) {
    const allow = endpoint.methods.join(', ');
    response.setHeader('Allow', allow);
    const detail = `The endpoint '${endpoint.name}' does not take ${request.method}, only ${allow}.`;
    throw new AppError('ENDPOINT_METHOD_NOT_ALLOWED', detail);
  }
  checkSite(request, siteOf(request, service.cors));
  checkMaintenance(service);
}

async function admit(
  deps: GatewayDependencies,
  { request }: Call,
  found: FoundEndpoint,
): Promise<Authenticated & { readonly found: FoundEndpoint }> {
  const authenticated = await callerOfEndpoint(deps, request, found, siteOf(request, found.service.cors));
  request.principalName = authenticated.principal.name;
  return { ...authenticated, found };
}

function runRequest({ service, endpoint }: FoundEndpoint, params: JsonObject, payload: JsonObject): RunRequest {
  return {
    service: service.name,
    endpoint: endpoint.name,
    ...(endpoint.runAs === undefined ? {} : { runAs: endpoint.runAs }),
    targets: { devices: [], ipAddresses: [], pools: [] },
    targetRule: 'aggregate',
    ignoreInvalidTargets: false,
    params,
    payload,
  };
}

async function answerTo(
  deps: GatewayDependencies,
  call: Call,
  found: FoundEndpoint,
  answer: AcceptOnceAnswer,
): Promise<void> {
  switch (answer.kind) {
    case 'accepted':
      deps.metrics.accepted('endpoint');
      return sendRun(deps, call, found, answer.spec, 'queued');
    case 'replayed':
      return sendRun(deps, call, found, answer.record.spec, answer.record.state);
    case 'unknown-targets':
      throw new AppError('TARGETS_UNKNOWN', `${answer.errors.slice(0, 10).join('. ')}.`);
    case 'no-targets':
    case 'dry-run':
      throw new AppError('TARGETS_EMPTY', `The service '${found.service.name}' has no devices of its own.`);
  }
}

/** The end of the run, when the call may wait for it; else where to find the run. Hanging up ends the wait only. */
async function sendRun(
  deps: GatewayDependencies,
  call: Call,
  { endpoint }: FoundEndpoint,
  spec: RunSpec,
  state: RunState,
): Promise<void> {
  const { request, response } = call;
  const { respondAsync, waitSeconds } = readPreferences(request);
  const most = deps.settings.syncWaitMaxSeconds;
  const seconds = endpoint.async || respondAsync ? 0 : Math.min(waitSeconds ?? most, most);
  if (!endpoint.async && respondAsync) response.setHeader('Preference-Applied', 'respond-async');
  else if (!endpoint.async && waitSeconds !== null) response.setHeader('Preference-Applied', `wait=${seconds}`);
  const record = seconds === 0 ? null : await waited(deps, call, spec.id, seconds);
  if (record && isTerminal(record.state)) {
    sendJson(response, 200, await endpointAnswer(deps.runs, record));
    return;
  }
  response.setHeader('Location', runLinks(spec.id).self);
  sendJson(response, 202, acceptedAnswer(spec, record?.state ?? state));
}

async function waited({ waitForRun, metrics, stopping }: GatewayDependencies, call: Call, id: string, seconds: number) {
  const signal = closedSignal(call.response, stopping);
  metrics.waitBegan();
  try {
    return await waitForRun(id, { timeoutMs: seconds * 1_000, signal });
  } finally {
    metrics.waitEnded();
  }
}
