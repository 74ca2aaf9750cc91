import { AppError, isTerminal, type JsonObject, type JsonValue, type RunRecord, type RunStore } from '@runyard/domain';
import { durationText, runtimeText } from '../views/runtime-text.ts';
import { deviceAnswer } from './device-answer.ts';
import { findByRuntime } from './get-result.ts';

/** Runs that one search looks at. */
const RUNS_MAX = 10_000;
const ITEMS_AT_ONCE = 500;

/** Runs, newest first. The name of a service that must be exactly this is looked up, anything else is filtered. */
export async function* runsFound(runs: RunStore, criteria: JsonObject): AsyncGenerator<JsonObject> {
  const { service_name: service, service_name_filter: filter } = criteria;
  const byService = typeof service === 'string' && filter === 'equality' ? { service } : {};
  let cursor: string | null = null;
  for (let seen = 0; seen < RUNS_MAX; seen += ITEMS_AT_ONCE) {
    const page: Awaited<ReturnType<RunStore['list']>> = await runs.list(byService, cursor, ITEMS_AT_ONCE);
    yield* page.items.map(runObject);
    if (page.cursor === null) return;
    cursor = page.cursor;
  }
}

function runObject({ spec, state, startedAtMs, endedAtMs }: RunRecord): JsonObject {
  const hasEnded = isTerminal(state);
  return {
    name: `${spec.service} (${runtimeText(spec.createdAtUs)})`,
    runtime: runtimeText(spec.createdAtUs),
    service_name: spec.service,
    status: hasEnded ? (state === 'cancelled' ? 'Aborted' : 'Completed') : 'Running',
    success: hasEnded ? state === 'succeeded' : null,
    creator: spec.actor,
    trigger: 'REST',
    duration: durationText((endedAtMs ?? startedAtMs ?? 0) - (startedAtMs ?? 0)),
    job_id: spec.id,
  };
}

/** Every result of one run, in the order of its plan. Rejects with BODY_INVALID when no run is named. */
export async function* resultsOfRun(runs: RunStore, parent: JsonValue | undefined): AsyncGenerator<JsonObject> {
  if (typeof parent !== 'string') {
    const error = { path: '/search_criteria/parent_runtime', message: 'is required to search for results' };
    throw new AppError('BODY_INVALID', `${error.path} ${error.message}`, { errors: [error] });
  }
  const { spec } = await findByRuntime(runs, parent);
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RunStore['devices']>> = await runs.devices(spec.id, null, cursor, ITEMS_AT_ONCE);
    for (const { name, result } of page.items) {
      if (!result) continue;
      yield {
        ...deviceAnswer(result),
        device_name: name,
        service_name: spec.service,
        parent_runtime: runtimeText(spec.createdAtUs),
        job_id: spec.id,
      };
    }
    cursor = page.cursor;
  } while (cursor !== null);
}
