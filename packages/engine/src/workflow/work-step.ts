import { type StepRecord, type WorkStep } from '@runyard/domain';
import { asRunError, runWork } from '../run-device.ts';
import { begun, ended, isFromOutside, type StepContext, writeStep } from './step-context.ts';
import { endWithin } from './step-limits.ts';

/**
 * Work of a service type. It is written down before it begins, so that after a crash it is known that it may have been
 * done: it is done again, unless its effects must not come twice.
 */
export async function runWorkStep(context: StepContext, step: WorkStep): Promise<StepRecord> {
  const { deps, turn, extra, before } = context;
  if (before?.state === 'running' && step.service.effects === 'once') {
    const message = `The worker was lost while the step '${context.ref.step}' was in work; whether it was done is not known.`;
    const error = { code: 'WORKER_LOST', message } as const;
    return writeStep(context, ended(context, before, { state: 'failed', error }));
  }
  const record = await writeStep(context, begun(context));
  // Limits that a run sets are those of its devices, and a step has its own.
  const { retries: _retries, timeoutMs: _timeoutMs, ...spec } = turn.spec;
  const service = { ...step.service, name: turn.service.name };
  try {
    const { state, outcome } = await runWork(deps, { ...turn, spec, service, stepId: context.ref.step }, extra);
    const end = state === 'skipped' ? 'skipped' : outcome.success ? 'succeeded' : 'failed';
    const { result, error = null } = outcome;
    return await writeStep(
      context,
      ended(context, record, endWithin(step, { state: end, result, error }, deps.outputBytesMax)),
    );
  } catch (error) {
    if (isFromOutside(context, error)) throw error;
    return writeStep(context, ended(context, record, { state: 'failed', error: asRunError(error) }));
  }
}
