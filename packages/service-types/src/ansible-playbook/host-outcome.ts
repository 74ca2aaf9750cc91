import type { ErrorCode, JsonObject, TaskOutcome } from '@runyard/domain';
import { type ProcessResult } from '../process/run-process.ts';
import { failureText, returnCode } from '../program/program-outcome.ts';
import { type HostEvents, messageOf } from './playbook-events.ts';

const MESSAGE_CHARS_MAX = 1_000;
const NONE = { ok: 0, changed: 0, failures: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0 };

export type HostState = 'ok' | 'failed' | 'unreachable' | 'not-run';

/** How it went on one host: what Ansible's sums say, or without them (it was killed) its last results. */
export function hostState(events: HostEvents | undefined): HostState {
  if (!events) return 'not-run';
  const { stats, tasks } = events;
  const count = (name: string): number => Number(stats?.[name] ?? 0);
  if (stats ? count('unreachable') > 0 : tasks.some(({ status }) => status === 'unreachable')) return 'unreachable';
  if (stats ? count('failures') > 0 : tasks.some(({ status }) => status === 'failed')) return 'failed';
  return 'ok';
}

/** The outcome of one device of a playbook that ran for many. */
export function hostOutcome(name: string, events: HostEvents | undefined, process: ProcessResult): TaskOutcome {
  const state = hostState(events);
  const result: JsonObject = {
    changed: Number(events?.stats?.['changed'] ?? 0) > 0,
    tasks: events?.tasks ?? [],
    ...(events?.isCut ? { cut: true } : {}),
  };
  const fields: JsonObject = { ...NONE, ...events?.stats, return_code: returnCode(process) };
  const error = hostError(name, state, events, process);
  return error === null ? { success: true, result, fields } : { success: false, result, fields, error };
}

function hostError(name: string, state: HostState, events: HostEvents | undefined, process: ProcessResult) {
  if (state === 'ok' && events?.stats) return null;
  // A playbook may name no host of the inventory: then it counts how the whole ended.
  if (state === 'not-run' && returnCode(process) === 0) return null;
  if (state === 'unreachable') return error('DEVICE_UNREACHABLE', lastMessage(events, 'unreachable'));
  if (state === 'failed') return error('PROCESS_FAILED', lastMessage(events, 'failed'));
  return error('PROCESS_FAILED', failureText(process, `ansible-playbook did not end its work on '${name}'; it`));
}

function lastMessage(events: HostEvents | undefined, status: string): string {
  const row = events?.tasks.findLast((task) => task.status === status);
  return row ? `${row.task}: ${messageOf(row.result)}` : `The playbook counts the host as ${status}`;
}

function error(code: ErrorCode, message: string) {
  return { code, message: message.slice(0, MESSAGE_CHARS_MAX) };
}
