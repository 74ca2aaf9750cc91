import type { RunRecord } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { findRun, runNotFound } from '../handlers/find-run.ts';
import { checkReach } from '../http/admit.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { outputAnswer } from './run-answer.ts';
import { type RunOutcome, runOutcome } from './run-outcome.ts';

/** `GET /operations-manager/jobs/{id}`: a run, as its clients poll it. */
export function getJob(deps: GatewayDependencies): Handler {
  const { runs, gatewayManager } = deps;
  return async (call) => {
    const record = await findRun(runs, call.params);
    const { spec, startedAtMs, endedAtMs } = record;
    await checkReach(deps, call.request, callerOf(call), spec.service);
    // A run that names its cluster is seen by those who see the cluster.
    const isSeen = spec.cluster === undefined || (await gatewayManager.connections.sees(callerOf(call), spec.cluster));
    if (!isSeen) throw runNotFound(spec.id);
    const outcome = await runOutcome(runs, record);
    sendJson(call.response, 200, {
      message: 'Successfully retrieved job',
      data: {
        _id: spec.id,
        name: spec.service,
        status: statusOf(record, outcome),
        variables: outcome.kind === 'completed' ? outputAnswer(outcome.output) : {},
        error: outcome.kind === 'error' ? [{ message: outcome.why }] : null,
        metrics: { start_time: startedAtMs, end_time: endedAtMs, user: spec.principal },
        last_updated: new Date(endedAtMs ?? startedAtMs ?? Math.floor(spec.createdAtUs / 1_000)).toISOString(),
      },
      metadata: {},
    });
  };
}

function statusOf({ state }: RunRecord, { kind }: RunOutcome): string {
  if (state === 'cancelled') return 'canceled';
  return { running: 'running', completed: 'complete', error: 'error' }[kind];
}
