import type { StepRecord, StepRef, StepStore } from '@runyard/domain';

/** One step as it is now, whoever wrote it last; null when it has not begun. */
export async function readStep(
  steps: Pick<StepStore, 'read'>,
  { runId, device, step }: StepRef,
): Promise<StepRecord | null> {
  return (await steps.read(runId, device, [step])).get(step) ?? null;
}
