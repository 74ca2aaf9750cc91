import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@runyard/domain';
import type { ProcessResult } from '../process/run-process.ts';
import { hostOutcome } from './host-outcome.ts';
import type { HostEvents } from './playbook-events.ts';

function ended(exitCode: number | null, more: Partial<ProcessResult> = {}): ProcessResult {
  const streams = { stdout: '', stderr: '', stdoutTruncated: false, stderrTruncated: false };
  const times = { startedAtMs: 0, durationMs: 1, timedOut: false, aborted: false };
  return { exitCode, signal: null, ...streams, ...times, ...more };
}
function events(stats: JsonObject | null, ...statuses: string[]): HostEvents {
  const tasks = statuses.map((status) => ({ task: status, action: 'a', status, result: { msg: `msg of ${status}` } }));
  return { stats, tasks, isCut: false, chars: 0 };
}

describe('the outcome of a host', () => {
  it('goes by the sums of Ansible: an error that was ignored or rescued is none', () => {
    const good = events({ ok: 3, changed: 1, failures: 0, unreachable: 0, rescued: 1 }, 'failed', 'ignored', 'ok');
    expect(hostOutcome('r1', good, ended(2))).toMatchObject({ success: true, result: { changed: true } });
  });

  it('tells the last task that failed, or that the host was not reached', () => {
    expect(hostOutcome('r1', events({ failures: 1 }, 'ok', 'failed'), ended(2)).error).toEqual({
      code: 'PROCESS_FAILED',
      message: 'failed: msg of failed',
    });
    expect(hostOutcome('r1', events({ unreachable: 1 }, 'unreachable'), ended(4)).error?.code).toBe(
      'DEVICE_UNREACHABLE',
    );
  });

  it('counts the end of the process for a host that the playbook did not name', () => {
    expect(hostOutcome('r1', undefined, ended(0))).toMatchObject({ success: true, result: { tasks: [] } });
    expect(hostOutcome('r1', undefined, ended(4, { stderr: 'bad yaml' })).error?.message).toContain('bad yaml');
  });

  it('is no success when the process was killed before the sums', () => {
    const killed = hostOutcome('r1', events(null, 'ok'), ended(null, { signal: 'SIGKILL' }));
    expect(killed).toMatchObject({ success: false, error: { message: expect.stringContaining('SIGKILL') } });
  });
});
