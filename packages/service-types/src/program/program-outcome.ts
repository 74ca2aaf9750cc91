import { constants } from 'node:os';
import type { ErrorCode, JsonObject, JsonValue, Task, TaskOutcome } from '@runyard/domain';
import type { ProcessResult } from '../process/run-process.ts';

const LAST_LINE_CHARS_MAX = 500;

/** As shells do: a signal is 128 and its number, so that the code is always a number. */
export function returnCode({ exitCode, signal }: Pick<ProcessResult, 'exitCode' | 'signal'>): number {
  return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** How a program ended and when, as the fields of a result. `stdout` is among them where the result is not just it. */
export function programFields(result: ProcessResult, task: Task, more: { readonly stdout: boolean }): JsonObject {
  const { signal, stdout, stderr, startedAtMs, durationMs } = result;
  const { convert, runMethod } = task.service;
  return {
    return_code: returnCode(result),
    ...(signal === null ? {} : { signal }),
    ...(more.stdout || convert !== 'none' || runMethod === 'once' ? { stdout } : {}),
    stderr,
    start_time: new Date(startedAtMs).toISOString(),
    end_time: new Date(startedAtMs + durationMs).toISOString(),
    elapsed_time: durationMs / 1_000,
  };
}

/** In words how a program failed: its exit code or signal, and the last line of what it wrote to stderr. */
export function failureText(result: ProcessResult, what = 'The program'): string {
  const { signal, stderr } = result;
  const ended = signal === null ? `${what} ended with code ${returnCode(result)}` : `${what} was ended by ${signal}`;
  const last = stderr.trimEnd().split('\n').at(-1)?.trim().slice(0, LAST_LINE_CHARS_MAX);
  return last ? `${ended}: ${last}` : ended;
}

/** The standard output is the result, success is exit code 0. */
export function programOutcome(result: ProcessResult, task: Task): TaskOutcome {
  const fields = programFields(result, task, { stdout: false });
  if (returnCode(result) === 0) return { success: true, result: result.stdout, fields };
  return failed(result.stdout, 'PROCESS_FAILED', failureText(result), fields);
}

export function failed(result: JsonValue, code: ErrorCode, message: string, fields: JsonObject): TaskOutcome {
  return { success: false, result, error: { code, message }, fields };
}
