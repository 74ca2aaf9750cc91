import {
  isTerminal,
  type JsonObject,
  type JsonValue,
  type RunError,
  type RunId,
  type RunRecord,
  type RunServiceStep,
  type StepRecord,
} from '@runyard/domain';
import { readStep } from '../read-step.ts';
import { begun, ended, renderDeep, renderIn, type StepContext, writeStep } from './step-context.ts';
import { bytesOf, checkSize, endWithin } from './step-limits.ts';
import { waitForChange } from './wait-for-change.ts';

/** Devices whose results a step gets of a run over many; the run itself has all. */
const RESULT_DEVICES_MAX = 1_000;
/** Each may have a result as large as an output may be, and all of a page are in memory at once. */
const PAGE_DEVICES = 100;
/** The job by which a gateway starts the run may have been lost with a gateway. */
const ASK_EVERY_MS = 5_000;
/** The message that the run has ended may have been lost. */
const LOOK_EVERY_MS = 5_000;

/**
 * Runs another service. The worker writes down what it wants and a gateway starts the run, under an id that is written
 * down before: so no run is started twice, whoever dies. Waiting for it holds no slot.
 */
export async function runServiceStep(context: StepContext, step: RunServiceStep): Promise<StepRecord> {
  const asked = context.before ?? (await writeStep(context, request(context, step)));
  if (asked.endedAtMs !== null) return asked;
  return (await context.turn.park((signal) => untilEnded(context, step, signal))) ?? asked;
}

function request(context: StepContext, { params, devices }: RunServiceStep): StepRecord {
  const rendered = {
    params: renderDeep(context, params) as JsonObject,
    ...(devices ? { devices: devices.map((device) => renderIn(context, device)) } : {}),
  };
  // A gateway reads it, and the run has it once more.
  checkSize(rendered, context.deps.outputBytesMax, `What the step '${context.ref.step}' gives to its run`);
  return { ...begun(context), state: 'requested', request: rendered };
}

async function untilEnded(context: StepContext, step: RunServiceStep, signal: AbortSignal): Promise<StepRecord | null> {
  const { tools, turn, ref } = context;
  const { events, runs, queue } = tools;
  const started = await waitForChange({
    events,
    runId: ref.runId,
    only: ref,
    lookAfterMs: () => ASK_EVERY_MS,
    signal,
    look: async () => {
      const record = await readStep(tools.steps, ref);
      if (record && record.state !== 'requested' && record.state !== 'starting') return record;
      // Again at each look: the job may have been lost with a gateway. Adding it twice is harmless.
      await queue.addStep(ref, turn.spec.service);
      return null;
    },
  });
  const childId = started?.child?.runId;
  if (!started || started.endedAtMs !== null || childId === undefined) return started;
  const look = async () => {
    const record = await runs.get(childId);
    return record && !isTerminal(record.state) ? null : { record };
  };
  const found = await waitForChange({
    events,
    runId: childId,
    only: 'end',
    lookAfterMs: () => LOOK_EVERY_MS,
    signal,
    look,
  });
  if (!found) return null;
  return writeStep(context, ended(context, started, await endOf(context, step, childId, found.record)));
}

async function endOf(
  { tools, deps }: StepContext,
  step: RunServiceStep,
  childId: RunId,
  record: RunRecord | null,
): Promise<Pick<StepRecord, 'state' | 'result' | 'error'>> {
  const { service } = step;
  if (!record) {
    const message = `The run '${childId}' of '${service}' is not kept any more, so how it ended is not known.`;
    return { state: 'failed', result: null, error: { code: 'RUN_FAILED', message } };
  }
  const { outputBytesMax } = deps;
  const result = await resultOf(tools, record, outputBytesMax);
  if (record.state === 'succeeded') {
    return endWithin(step, { state: 'succeeded', result, error: null }, outputBytesMax);
  }
  const reason = await reasonOf(tools, record);
  const message = `The run '${childId}' of '${service}' ended as ${record.state}: ${reason.message}`;
  // What is wrong there is how the two runs are put together, not what was done.
  const code = reason.code === 'LOCK_HELD_ABOVE' ? reason.code : 'RUN_FAILED';
  return endWithin(step, { state: 'failed', result, error: { code, message } }, outputBytesMax);
}

/** Why it did not succeed: as a whole, its one row, or how many of its devices, and one of them. */
async function reasonOf({ runs }: StepContext['tools'], { spec, error, counts }: RunRecord): Promise<RunError> {
  if (error) return error;
  const row = spec.runMethod === 'once' ? await runs.device(spec.id, '') : null;
  if (row?.result?.error) return row.result.error;
  const [first] = counts.failed > 0 ? (await runs.devices(spec.id, 'failed', null, 1)).items : [];
  const number = `${counts.failed + counts.unknown} of its ${counts.total} devices failed`;
  const { code = 'RUN_FAILED', message } = first?.result?.error ?? {};
  return { code, message: message === undefined ? `${number}.` : `${number}; '${first?.name}': ${message}` };
}

/**
 * What the run gave: its one result, or an object with the results by device. A thousand devices may have given as much
 * as an output may be, each: what is more than is kept anyway is not gathered.
 */
async function resultOf({ runs }: StepContext['tools'], { spec }: RunRecord, bytesMax: number): Promise<JsonValue> {
  if (spec.runMethod === 'once') return (await runs.device(spec.id, ''))?.result?.result ?? null;
  const results: JsonObject = {};
  let bytes = 0;
  let cursor: string | null = null;
  do {
    const page = await runs.devices(spec.id, null, cursor, PAGE_DEVICES);
    for (const { name, result } of page.items) {
      results[name] = result?.result ?? null;
      bytes += bytesOf(results[name]);
      if (bytes > bytesMax) return results;
    }
    cursor = page.cursor;
  } while (cursor !== null && Object.keys(results).length < RESULT_DEVICES_MAX);
  return results;
}
