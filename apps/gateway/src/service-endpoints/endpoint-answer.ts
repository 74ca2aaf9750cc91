import type { EndpointAnswer } from '@runyard/contracts';
import {
  AppError,
  type DeviceRow,
  type ErrorCode,
  type JsonValue,
  type RunError,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import { runLinks } from '../views/run-answer.ts';

const DEVICES_MAX = 1_000;
const ROWS_AT_ONCE = 200;
const RESULT_LENGTH_MAX = 8_000_000;

/** What a run that ended gives to the caller of its endpoint. Throws when it ended badly. */
export async function endpointAnswer(runs: RunStore, record: RunRecord): Promise<EndpointAnswer> {
  const { spec, state } = record;
  if (state !== 'succeeded') throw await runFailed(runs, record);
  if (spec.runMethod === 'once') {
    const row = await runs.device(spec.id, '');
    return { runId: spec.id, state, result: row?.result?.result ?? null };
  }
  const { result, isComplete } = await resultsByDevice(runs, spec.id);
  return { runId: spec.id, state, result, ...(isComplete ? {} : { links: { ...runLinks(spec.id) } }) };
}

/** Device by device, up to a number and a size that fit into one answer. */
async function resultsByDevice(runs: RunStore, runId: string): Promise<{ result: JsonValue; isComplete: boolean }> {
  const results: [string, JsonValue][] = [];
  let length = 0;
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: Awaited<ReturnType<RunStore['devices']>> = await runs.devices(runId, null, cursor, ROWS_AT_ONCE);
    for (const { name, result } of page.items) {
      const value = result?.result ?? null;
      length += JSON.stringify(value).length;
      const isFull = results.length === DEVICES_MAX || (length > RESULT_LENGTH_MAX && results.length > 0);
      if (isFull) return { result: Object.fromEntries(results), isComplete: false };
      results.push([name, value]);
    }
    cursor = page.cursor;
  }
  return { result: Object.fromEntries(results), isComplete: true };
}

/** The error of the run as a whole, else that of the first device that did not end well. */
async function runFailed(runs: RunStore, record: RunRecord): Promise<AppError> {
  const { spec, state } = record;
  const row = record.error ? null : await firstFailed(runs, record);
  const error: RunError | null = record.error ?? row?.result?.error ?? null;
  const where = row && row.name !== '' ? ` on the device '${row.name}'` : '';
  const why = error ? `: ${error.message}` : '.';
  return new AppError(codeOf(record), `The run ended as ${state}${where}${why}`, {
    extensions: {
      runId: spec.id,
      state,
      error: error && { ...error, ...(row && row.name !== '' ? { device: row.name } : {}) },
      links: runLinks(spec.id),
    },
  });
}

/** Who may not is told so with the code of that, as he is when it is known before the run is accepted. */
function codeOf({ state, error }: RunRecord): ErrorCode {
  if (state === 'expired') return 'RUN_EXPIRED';
  return (state === 'denied' ? error?.code : undefined) ?? 'RUN_FAILED';
}

async function firstFailed(runs: RunStore, { spec, counts }: RunRecord): Promise<DeviceRow | null> {
  for (const state of ['failed', 'unknown', 'cancelled'] as const) {
    if (counts[state] === 0) continue;
    // A page may be empty and still have a cursor.
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<RunStore['devices']>> = await runs.devices(spec.id, state, cursor, 1);
      if (page.items[0]) return page.items[0];
      cursor = page.cursor;
    } while (cursor !== null);
  }
  return null;
}
