import type { DeviceRow, DeviceState, JsonObject, RunRecord, RunStore } from '@runyard/domain';
import { durationText, runtimeText } from '../views/runtime-text.ts';
import { deviceAnswer, outcome, SUMMARY, type SummaryList, summaryListOf } from './device-answer.ts';

/** Runs up to this size are answered from memory, in the order that was asked for; larger ones are streamed. */
const ROWS_IN_MEMORY_MAX = 1_000;
const ROWS_AT_ONCE = 500;

/** The synchronous answer about a run, in parts of JSON. Its memory does not grow with the run. */
export async function* resultBody(runs: RunStore, record: RunRecord): AsyncGenerator<string> {
  if (record.spec.runMethod === 'once') {
    yield JSON.stringify(await onceBody(runs, record));
  } else if (record.counts.total <= ROWS_IN_MEMORY_MAX) {
    yield JSON.stringify(await smallBody(runs, record));
  } else {
    yield* largeBody(runs, record);
  }
}

function head({ spec, state, startedAtMs, endedAtMs, error }: RunRecord): JsonObject {
  const fromMs = startedAtMs ?? Math.floor(spec.createdAtUs / 1_000);
  return {
    runtime: runtimeText(spec.createdAtUs),
    job_id: spec.id,
    success: state === 'succeeded',
    duration: durationText((endedAtMs ?? fromMs) - fromMs),
    trigger: 'REST',
    errors: [...(spec.targetErrors ?? []), ...(error ? [error.message] : [])],
    ...(spec.warnings ? { warnings: [...spec.warnings] } : {}),
  };
}

async function onceBody(runs: RunStore, record: RunRecord): Promise<JsonObject> {
  const row = await runs.device(record.spec.id, '');
  return {
    ...row?.result?.fields,
    ...head(record),
    summary: { success: [], failure: [], discard: [] },
    devices: {},
    ...(row?.result ? outcome(row.result) : { result: record.error?.message ?? null }),
  };
}

async function smallBody(runs: RunStore, record: RunRecord): Promise<JsonObject> {
  const rows: DeviceRow[] = [];
  for await (const row of rowsOf(runs, record, null)) rows.push(row);
  const summary: Record<SummaryList, string[]> = { success: [], failure: [], discard: [] };
  const devices: [string, JsonObject][] = [];
  for (const { name, state, result } of inOrderAsked(rows, record.spec.targets.devices)) {
    const list = summaryListOf(state);
    if (list) summary[list].push(name);
    if (result) devices.push([name, deviceAnswer(result)]);
  }
  return { ...head(record), summary, devices: Object.fromEntries(devices) };
}

/** Devices that were named come as they were named, those of pools after them as they were planned. */
function inOrderAsked(rows: readonly DeviceRow[], asked: readonly string[]): DeviceRow[] {
  const place = new Map(asked.map((name, index) => [name, index]));
  const placeOf = ({ name }: DeviceRow): number => place.get(name) ?? asked.length;
  return [...rows].sort((a, b) => placeOf(a) - placeOf(b));
}

async function* largeBody(runs: RunStore, record: RunRecord): AsyncGenerator<string> {
  yield `${JSON.stringify(head(record)).slice(0, -1)},"summary":{`;
  let comma = '';
  for (const list of Object.keys(SUMMARY) as SummaryList[]) {
    yield `${comma}"${list}":[`;
    comma = ',';
    yield* joined(namesIn(runs, record, SUMMARY[list]));
    yield ']';
  }
  yield '},"devices":{';
  yield* joined(deviceMembers(runs, record));
  yield '}}';
}

async function* joined(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let comma = '';
  for await (const part of parts) {
    yield comma + part;
    comma = ',';
  }
}

async function* namesIn(runs: RunStore, record: RunRecord, states: readonly DeviceState[]): AsyncGenerator<string> {
  for (const state of states) {
    if (record.counts[state] === 0) continue;
    for await (const { name } of rowsOf(runs, record, state)) yield JSON.stringify(name);
  }
}

async function* deviceMembers(runs: RunStore, record: RunRecord): AsyncGenerator<string> {
  for await (const { name, result } of rowsOf(runs, record, null)) {
    if (result) yield `${JSON.stringify(name)}:${JSON.stringify(deviceAnswer(result))}`;
  }
}

async function* rowsOf(runs: RunStore, { spec }: RunRecord, state: DeviceState | null): AsyncGenerator<DeviceRow> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RunStore['devices']>> = await runs.devices(spec.id, state, cursor, ROWS_AT_ONCE);
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}
