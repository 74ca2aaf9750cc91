import type { DeviceOutputAnswer, DeviceRowAnswer, LogLineAnswer } from '@runyard/contracts';
import type { DeviceResult, DeviceRow, LogLine } from '@runyard/domain';
import { timeText } from './runtime-text.ts';

/** A device of a run as a list shows it, without what it gave. */
export function deviceRowAnswer({ name, state, result }: DeviceRow): DeviceRowAnswer {
  return {
    name,
    state,
    startedAt: timeText(result?.startedAtMs ?? null),
    durationMs: result?.durationMs ?? null,
    attempts: result?.attempts ?? 0,
    error: result?.error ? { ...result.error } : null,
  };
}

/** A device of a run with all that it gave. */
export function deviceOutputAnswer(row: DeviceRow): DeviceOutputAnswer {
  return {
    ...deviceRowAnswer(row),
    result: row.result?.result ?? null,
    fields: row.result?.fields ?? {},
    history: (row.result?.history ?? []).map(({ startedAtMs, durationMs, error }) => ({
      startedAt: timeText(startedAtMs),
      durationMs,
      error: error ? { ...error } : null,
    })),
  };
}

/** A result as a row. */
export function rowOfResult(result: DeviceResult): DeviceRow {
  return { name: result.name, state: result.state, result };
}

export function logLineAnswer({ atMs, device, text }: LogLine): LogLineAnswer {
  return { at: timeText(atMs), device, text };
}
