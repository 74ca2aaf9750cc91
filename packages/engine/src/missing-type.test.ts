import { describe, expect, it } from '@jest/globals';
import type { WorkerInfo } from '@runyard/domain';
import { missingType } from './missing-type.ts';

function worker(cluster: string, serviceTypes: readonly string[], more: Partial<WorkerInfo> = {}): WorkerInfo {
  const facts = {
    host: 'h',
    pid: 1,
    version: '1',
    slots: 1,
    busySlots: 0,
    startedAtMs: 0,
    seenAtMs: 0,
    draining: false,
  };
  return { id: `${cluster}-1`, cluster, serviceTypes, ...facts, ...more };
}

describe('missingType', () => {
  it('tells when the workers of every cluster of a run lack the type', () => {
    const workers = [worker('ams', ['ping']), worker('fra', ['ping'])];
    expect(missingType('ansible-playbook', ['ams', 'fra', 'ams'], workers)).toMatchObject({
      code: 'SERVICE_TYPE_UNKNOWN',
      message: expect.stringMatching(/'ams', 'fra' .*'ansible-playbook'/),
    });
  });

  it('lets a run wait where somebody has the type, or nobody lives', () => {
    expect(missingType('x', ['ams'], [worker('ams', ['ping']), worker('ams', ['x'])])).toBeNull();
    expect(missingType('x', ['ams'], [worker('fra', ['ping'])])).toBeNull();
    expect(missingType('x', ['ams', 'fra'], [worker('ams', ['ping'])])).toBeNull();
    expect(missingType('x', [], [worker('ams', ['ping'])])).toBeNull();
  });

  it('neither counts on a worker that stops nor counts it as one without the type', () => {
    const stopping = worker('ams', ['x'], { draining: true });
    expect(missingType('x', ['ams'], [stopping])).toBeNull();
    expect(missingType('x', ['ams'], [stopping, worker('ams', ['ping'])])).not.toBeNull();
  });
});
