import type { DryRunAnswer, RunRequest as RunRequestBody } from '@runyard/contracts';
import { AppError, isTerminal, type RunSpec, type RunState } from '@runyard/domain';
import type { AcceptRunAnswer } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { readPreferences } from '../http/prefer.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { acceptCall } from './accept-call.ts';
import { acceptedAnswer, runAnswer, runLinks } from '../views/run-answer.ts';
import { toRunRequest } from '../views/run-request.ts';
import { unknownTargets } from '../views/target-errors.ts';

/** `POST /v1/runs`: accepts a run, and waits for its end when the caller prefers that. */
export function createRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as RunRequestBody;
    checkCallback(deps, body);
    const answer = await acceptCall(deps, call, toRunRequest(body), 'native');
    switch (answer.kind) {
      case 'accepted':
        deps.metrics.accepted('native');
        return sendAccepted(deps, call, answer.spec, 'queued');
      case 'replayed':
        return sendAccepted(deps, call, answer.record.spec, answer.record.state);
      case 'unknown-targets':
        throw unknownTargets(body, answer.errors);
      case 'no-targets':
        throw new AppError(
          'TARGETS_EMPTY',
          `The service '${body.service}' has no devices of its own, and none were named.`,
        );
      case 'dry-run':
        return sendDryRun(deps, call, body, answer);
    }
  };
}

function checkCallback({ callbackProblem }: GatewayDependencies, { callbackUrl }: RunRequestBody): void {
  const message = callbackUrl === undefined ? null : callbackProblem(callbackUrl);
  if (message === null) return;
  throw new AppError('BODY_INVALID', `/callbackUrl ${message}`, { errors: [{ path: '/callbackUrl', message }] });
}

async function sendAccepted(deps: GatewayDependencies, call: Call, spec: RunSpec, state: RunState): Promise<void> {
  const { request, response } = call;
  response.setHeader('Location', runLinks(spec.id).self);
  const { waitSeconds } = readPreferences(request);
  if (waitSeconds === null) {
    sendJson(response, 202, acceptedAnswer(spec, state));
    return;
  }
  const seconds = Math.min(waitSeconds, deps.settings.syncWaitMaxSeconds);
  response.setHeader('Preference-Applied', `wait=${seconds}`);
  deps.metrics.waitBegan();
  const signal = closedSignal(response, deps.stopping);
  const record = await deps
    .waitForRun(spec.id, { timeoutMs: seconds * 1_000, signal })
    .finally(() => deps.metrics.waitEnded());
  if (record && isTerminal(record.state)) sendJson(response, 200, runAnswer(record));
  else sendJson(response, 202, acceptedAnswer(spec, record?.state ?? state));
}

async function sendDryRun(
  { catalog }: GatewayDependencies,
  { response }: Call,
  body: RunRequestBody,
  { devices, targets }: Extract<AcceptRunAnswer, { kind: 'dry-run' }>,
): Promise<void> {
  const version = body.version ?? (await catalog.view()).get('service', body.service)?.version ?? 1;
  const answer: DryRunAnswer = {
    dryRun: true,
    service: body.service,
    version,
    devices: devices.length,
    warnings: [...targets.warnings],
  };
  sendJson(response, 200, answer);
}
