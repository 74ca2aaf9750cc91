import {
  type DeviceResult,
  isTerminal,
  type JsonObject,
  type JsonValue,
  type RunRecord,
  type RunState,
  type RunStore,
} from '@runyard/domain';

/** How a run went, in the terms of one program that ran. */
export type RunOutcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'completed'; readonly output: RunOutput }
  /** Something kept it from running to its end. */
  | { readonly kind: 'error'; readonly why: string };

export interface RunOutput {
  readonly returnCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** Seconds. */
  readonly elapsed: number | null;
  /** What OpenTofu keeps, with its outputs. */
  readonly stateFile?: JsonValue;
}

const ENDED_OTHERWISE: Partial<Record<RunState, string>> = {
  cancelled: 'The run was cancelled.',
  denied: 'The run was denied.',
  expired: 'The run did not begin or end in time.',
};

export async function runOutcome(runs: RunStore, record: RunRecord): Promise<RunOutcome> {
  const { state, error, spec } = record;
  if (!isTerminal(state)) return { kind: 'running' };
  const otherwise = ENDED_OTHERWISE[state];
  if (otherwise !== undefined || error) return { kind: 'error', why: error?.message ?? otherwise ?? '' };
  if (spec.runMethod === 'per-device') return { kind: 'completed', output: await outputOfDevices(runs, record) };
  const row = await runs.device(spec.id, '');
  if (!row?.result) return { kind: 'completed', output: await outputOfDevices(runs, record) };
  return outcomeOfProgram(row.result);
}

/** A program that ended by itself ran, whatever its exit code. */
function outcomeOfProgram(result: DeviceResult): RunOutcome {
  const { fields, state, startedAtMs, durationMs, error } = result;
  const code = fields['return_code'];
  const isEnded = state === 'succeeded' || (state === 'failed' && typeof code === 'number');
  if (!isEnded) return { kind: 'error', why: error?.message ?? `The service ended as ${state}.` };
  const stateFile = fields['state_file'];
  const { start_time: start, end_time: end, elapsed_time: elapsed } = fields;
  return {
    kind: 'completed',
    output: {
      returnCode: typeof code === 'number' ? code : 0,
      stdout: textOf(fields['stdout'] ?? result.result),
      stderr: textOf(fields['stderr']),
      startTime: typeof start === 'string' ? withMicroseconds(start) : timeText(startedAtMs),
      endTime: typeof end === 'string' ? withMicroseconds(end) : timeText(startedAtMs + durationMs),
      elapsed: typeof elapsed === 'number' ? elapsed : durationMs / 1_000,
      ...(stateFile === undefined || stateFile === null ? {} : { stateFile }),
    },
  };
}

const ROWS_AT_ONCE = 200;
const STDOUT_LENGTH_MAX = 1_000_000;

/** A run on devices looks like a program that printed what each of them gave, and failed when one did. */
async function outputOfDevices(runs: RunStore, record: RunRecord): Promise<RunOutput> {
  const { state, startedAtMs, endedAtMs, spec } = record;
  const parts: string[] = [];
  let length = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RunStore['devices']>> = await runs.devices(spec.id, null, cursor, ROWS_AT_ONCE);
    for (const { name, state: deviceState, result } of page.items) {
      const shown: JsonObject = { status: deviceState, result: result?.result ?? null };
      if (result?.error) shown['error'] = result.error.message;
      const part = `${JSON.stringify(name)}:${JSON.stringify(shown)}`;
      length += part.length;
      if (length <= STDOUT_LENGTH_MAX) parts.push(part);
    }
    cursor = length > STDOUT_LENGTH_MAX ? null : page.cursor;
  } while (cursor !== null);
  const left = record.counts.total - parts.length;
  return {
    returnCode: state === 'succeeded' ? 0 : 1,
    stdout: `{${parts.join(',')}}`,
    stderr: left > 0 ? `${left} more devices are left out; GET /v1/runs/${spec.id}/devices has all.` : '',
    startTime: startedAtMs === null ? null : timeText(startedAtMs),
    endTime: endedAtMs === null ? null : timeText(endedAtMs),
    elapsed: startedAtMs === null || endedAtMs === null ? null : (endedAtMs - startedAtMs) / 1_000,
  };
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function timeText(timeMs: number): string {
  return withMicroseconds(new Date(timeMs).toISOString());
}

/** `2026-03-03T19:26:37.123000Z`: its clients parse six digits. */
function withMicroseconds(time: string): string {
  return time.replace(/\.(\d{3})Z$/, '.$1000Z');
}
