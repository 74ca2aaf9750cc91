import { AppError, type JsonValue, type StepRecord, type WorkflowStep } from '@runyard/domain';
import { cut } from '../cut-result.ts';

/** How much a value takes where steps are written down. */
export function bytesOf(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What a step keeps beside its result is as large as an output may be, and half of it would be another thing: none is cut. */
export function checkSize(value: JsonValue, bytesMax: number, what: string): void {
  if (bytesOf(value) > bytesMax) throw tooLarge(what, bytesMax);
}

export function tooLarge(what: string, bytesMax: number): AppError {
  return new AppError('OUTPUT_TOO_LARGE', `${what} would have more than ${bytesMax} bytes.`);
}

type StepEnd = Pick<StepRecord, 'state' | 'result' | 'error'>;

/**
 * The end of a step with a result that is cut to what an output may be. What is cut is a text with a mark in it, so
 * nothing can be taken from it any more: a step whose `result` is to do that has failed.
 */
export function endWithin({ id, result: mapping }: WorkflowStep, end: StepEnd, bytesMax: number): StepEnd {
  const result = cut(end.result, bytesMax);
  // Also what was cut before, where a run of its own ended: with the mark it is larger than the limit.
  const isWhole = typeof result !== 'string' || Buffer.byteLength(result) <= bytesMax;
  if (isWhole || end.state !== 'succeeded' || !mapping) return { ...end, result };
  const message = `The result of the step '${id}' has more than ${bytesMax} bytes and was cut, so its \`result\` cannot be taken from it.`;
  return { state: 'failed', result, error: { code: 'OUTPUT_TOO_LARGE', message } };
}
