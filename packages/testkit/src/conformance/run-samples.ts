import type { DeviceResult, RunSpec } from '@runyard/domain';

let count = 0;

/** A run that was just accepted; each has an id and a creation time of its own. */
export function sampleSpec(changes: Partial<RunSpec> = {}): RunSpec {
  count += 1;
  const createdAtUs = Date.UTC(2026, 10, 21) * 1_000 + count;
  return {
    id: `${process.pid.toString(16).padStart(8, '0')}${count.toString(16).padStart(16, '0')}`,
    createdAtUs,
    service: 'show-version',
    version: 1,
    type: 'ssh-command',
    runMethod: 'per-device',
    door: 'native',
    principal: 'ada',
    actor: 'ada',
    initiator: 'ada',
    credentialId: 'password',
    params: {},
    payload: {},
    targets: { devices: [], pools: [] },
    runTimeoutMs: 3_600_000,
    keep: { days: 7, runs: 10_000 },
    ...changes,
  };
}

export function sampleResult(name: string, changes: Partial<DeviceResult> = {}): DeviceResult {
  return {
    name,
    state: 'succeeded',
    startedAtMs: Date.UTC(2026, 10, 21),
    durationMs: 12,
    attempts: 1,
    result: `output of ${name}`,
    error: null,
    fields: { command: 'show version' },
    history: [],
    ...changes,
  };
}

export function samplePlan(...slices: readonly (readonly string[])[]) {
  return { slices: slices.map((names) => ({ cluster: 'ams', names })), sorted: false };
}
