import { AppError, isTerminal, type JsonObject, type RunRecord, type RunStore } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { checkReach } from '../http/admit.ts';
import { sendJson } from '../http/send.ts';
import { sendParts } from '../http/send-stream.ts';
import { callerOf, type Handler } from '../route.ts';
import { progressOf } from '../views/run-answer.ts';
import { parseRuntimeText } from '../views/runtime-text.ts';
import { resultBody } from './result-body.ts';

const NO_RESULTS = 'There are no results or on-going services for the requested service and runtime.';

/** `GET /rest/result/<service name>/<runtime>`: how far a run is, or what it gave. */
export function getResult(deps: GatewayDependencies): Handler {
  const { runs } = deps;
  return async (call) => {
    const { params, response } = call;
    const record = await findByRuntime(runs, params['runtime'] ?? '');
    await checkReach(deps, call.request, callerOf(call), record.spec.service);
    if (record.spec.service !== params['name']) throw new AppError('RUN_NOT_FOUND', NO_RESULTS);
    if (!isTerminal(record.state)) return sendJson(response, 200, runningAnswer(record));
    return sendParts(response, 200, endedAnswer(runs, record));
  };
}

/** The run of that time. Rejects with RUN_NOT_FOUND. */
export async function findByRuntime(runs: RunStore, text: string): Promise<RunRecord> {
  // Some clients write a space in a path as they write it in a form.
  const createdAtUs = parseRuntimeText(text.replace('+', ' '));
  const id = createdAtUs === null ? null : await runs.findByRuntime(createdAtUs);
  const record = id === null ? null : await runs.get(id);
  if (!record) throw new AppError('RUN_NOT_FOUND', NO_RESULTS);
  return record;
}

function runningAnswer({ spec, state, counts }: RunRecord): JsonObject {
  return {
    status: 'Running',
    result: 'No results yet.',
    progress: { state, share: progressOf(counts, false), devices: { ...counts } },
    job_id: spec.id,
  };
}

async function* endedAnswer(runs: RunStore, record: RunRecord): AsyncGenerator<string> {
  const status = record.state === 'cancelled' ? 'Aborted' : 'Completed';
  yield `{"status":"${status}","job_id":"${record.spec.id}","result":`;
  yield* resultBody(runs, record);
  yield '}';
}
