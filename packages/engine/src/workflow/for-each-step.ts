import {
  AppError,
  type ForEachStep,
  iterationKey,
  type JsonValue,
  type RunError,
  STEP_VALUES_MAX,
  type StepRecord,
  type WorkflowStep,
} from '@runyard/domain';
import { begun, ended, evaluateIn, type StepContext, throwIfLeaving, writeStep } from './step-context.ts';
import { bytesOf, checkSize, tooLarge } from './step-limits.ts';

/**
 * One step for each value, one after the other; the first failure ends it. The values are written down first, so that
 * whoever goes on after a crash goes through the same ones, and those that ended are not begun again.
 */
export async function runForEachStep(
  context: StepContext,
  { values, as, step }: ForEachStep,
  runStep: (context: StepContext, step: WorkflowStep) => Promise<StepRecord>,
): Promise<StepRecord> {
  const { turn, ref, tools, extra, deps } = context;
  const record =
    context.before ?? (await writeStep(context, { ...begun(context), values: await list(context, values) }));
  const all = record.values ?? [];
  const keys = all.map((_, index) => iterationKey(ref.step, index));
  const known = await tools.steps.read(ref.runId, ref.device, keys);
  const results: JsonValue[] = [];
  let { losses: lossesBefore = 0 } = record;
  let bytes = 0;
  for (const [index, value] of all.entries()) {
    throwIfLeaving(turn);
    const key = keys[index] ?? '';
    const before = known.get(key) ?? null;
    const inner = { ...context, ref: { ...ref, step: key }, extra: { ...extra, [as]: value }, before, lossesBefore };
    const done = before && before.endedAtMs !== null ? before : await runStep(inner, step);
    bytes += bytesOf(done.result);
    lossesBefore = Math.max(lossesBefore, done.losses ?? 0);
    const isTooMuch = bytes > deps.outputBytesMax;
    if (!isTooMuch) results.push(done.result);
    const error = failureOf(key, done, step) ?? (isTooMuch ? listTooLarge(context, key) : null);
    // Nothing can be done with a part of the list, so nothing more is done for it.
    if (error) return writeStep(context, ended(context, record, { state: 'failed', result: results, error }));
  }
  return writeStep(context, ended(context, record, { state: 'succeeded', result: results }));
}

/** The failure of one value that ends all; null when it goes on. */
function failureOf(key: string, { state, error }: StepRecord, { onError }: WorkflowStep): RunError | null {
  if (state !== 'failed' || onError === 'continue') return null;
  return { code: error?.code ?? 'STEP_FAILED', message: `${key}: ${error?.message}` };
}

function listTooLarge({ ref, deps }: StepContext, key: string): RunError {
  const what = `The list of the results of '${ref.step}', up to ${key},`;
  const { code, message } = tooLarge(what, deps.outputBytesMax);
  return { code, message };
}

async function list(context: StepContext, values: ForEachStep['values']): Promise<readonly JsonValue[]> {
  const found: unknown = typeof values === 'string' ? await evaluateIn(context, values) : values;
  // An expression that finds one thing gives that and no list.
  const all = Array.isArray(found) ? (found as JsonValue[]) : found === null ? [] : [found as JsonValue];
  if (all.length > STEP_VALUES_MAX) {
    throw new AppError(
      'EXPRESSION_INVALID',
      `for-each has ${all.length} values, at most ${STEP_VALUES_MAX} are possible.`,
    );
  }
  checkSize(all, context.deps.outputBytesMax, `The list of the values of '${context.ref.step}'`);
  return all;
}
