import type { RunRecord } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { isNotModified } from '../http/entity-tag.ts';
import { readPreferences } from '../http/prefer.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { runAnswer } from '../views/run-answer.ts';
import { findRun, runIdOf, runNotFound } from './find-run.ts';

/**
 * `GET /v1/runs/{id}`: the run as it is; with `wait`, as soon as it has a later revision than the named one, or has
 * ended, or the time is over.
 */
export function getRun(deps: GatewayDependencies): Handler {
  return async (call) => {
    const seconds = Math.min(waitSeconds(call), deps.settings.syncWaitMaxSeconds);
    const record = seconds > 0 ? await waitForChange(deps, call, seconds) : await findRun(deps.runs, call.params);
    if (isNotModified(call.request, call.response, record.revision)) return;
    sendJson(call.response, 200, runAnswer(record));
  };
}

function waitSeconds({ request, query }: Call): number {
  const { wait } = query;
  return typeof wait === 'number' ? wait : (readPreferences(request).waitSeconds ?? 0);
}

async function waitForChange(deps: GatewayDependencies, call: Call, seconds: number): Promise<RunRecord> {
  const id = runIdOf(call.params);
  const { revision } = call.query;
  const signal = closedSignal(call.response, deps.stopping);
  deps.metrics.waitBegan();
  const record = await deps
    .waitForRun(id, {
      timeoutMs: seconds * 1_000,
      signal,
      ...(typeof revision === 'number' ? { afterRevision: revision } : {}),
    })
    .finally(() => deps.metrics.waitEnded());
  if (!record) throw runNotFound(id);
  return record;
}
