import type { DeviceResult, DeviceState, JsonObject } from '@runyard/domain';
import { durationText, runtimeText } from '../views/runtime-text.ts';

/** The lists of the summary, and which device states stand in each. */
export const SUMMARY = {
  success: ['succeeded'],
  failure: ['failed', 'cancelled', 'unknown'],
  discard: ['skipped'],
} as const satisfies Record<string, readonly DeviceState[]>;

export type SummaryList = keyof typeof SUMMARY;

const LIST_OF_STATE = new Map<DeviceState, SummaryList>(
  (Object.keys(SUMMARY) as SummaryList[]).flatMap((list) => SUMMARY[list].map((state) => [state, list] as const)),
);

/** In which list of the summary a device stands; undefined while it is not final. */
export function summaryListOf(state: DeviceState): SummaryList | undefined {
  return LIST_OF_STATE.get(state);
}

/** What one device gave. What the type of the service adds cannot replace the keys that clients rely on. */
export function deviceAnswer(result: DeviceResult): JsonObject {
  return {
    ...result.fields,
    device_target: result.name,
    success: summaryListOf(result.state) !== 'failure',
    ...outcome(result),
    runtime: runtimeText(result.startedAtMs * 1_000),
    duration: durationText(result.durationMs),
    ...(result.attempts > 1 ? { attempts: result.attempts } : {}),
  };
}

/** A device that gave nothing shows in its place why. */
export function outcome({ result, error }: DeviceResult): JsonObject {
  return { result: result ?? error?.message ?? null, ...(error ? { error: { ...error } } : {}) };
}
