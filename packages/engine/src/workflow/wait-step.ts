import type { StepRecord, WaitStep } from '@runyard/domain';
import { abortableDelay } from '../abortable-delay.ts';
import { begun, ended, type StepContext, writeStep } from './step-context.ts';

/** Waits until a time that is written down when the wait begins: whoever goes on after a crash waits for the same one. */
export async function runWaitStep(context: StepContext, { durationMs }: WaitStep): Promise<StepRecord> {
  const { tools, turn, before } = context;
  const untilMs = before?.untilMs ?? tools.clock.nowMs() + durationMs;
  const record = before ?? (await writeStep(context, { ...begun(context), state: 'waiting', untilMs }));
  const leftMs = untilMs - tools.clock.nowMs();
  if (leftMs > 0) await turn.park((signal) => abortableDelay(leftMs, signal));
  return writeStep(context, ended(context, record, { state: 'succeeded' }));
}
