import { describe, expect, it } from '@jest/globals';
import type { Credential, ServiceType, Task } from '@runyard/domain';
import { sampleDevice, sampleService, sampleSpec } from '@runyard/testkit';
import { type DeviceTurn, runDevice, type RunDeviceDependencies } from './run-device.ts';

/** The task that a type gets for the device `r1`, which has a credential of its own. */
async function taskOf(
  type: Pick<ServiceType, 'credentialOf'>,
  deps: Partial<RunDeviceDependencies> = {},
  credential?: string,
): Promise<Task> {
  const tasks: Task[] = [];
  const run: ServiceType['run'] = (task) => {
    tasks.push(task);
    return Promise.resolve({ success: true, result: 'ok' });
  };
  const named = (name: string): Promise<Credential> => Promise.resolve({ name });
  const service = sampleService('s', { type: 'sample', settings: {}, ...(credential ? { credential } : {}) });
  const result = await runDevice(
    {
      types: new Map([['sample', { name: 'sample', run, stop: () => Promise.resolve(), ...type }]]),
      templates: { render: (template) => template, value: (template) => template },
      converters: { convert: (_, value) => value },
      credentials: { forDevice: () => named('of the device'), named, secret: () => Promise.resolve('') },
      clock: { nowMs: () => 0 },
      random: () => 0,
      deviceByName: () => Promise.resolve(null),
      outputBytesMax: 1_000,
      sourceFolder: () => Promise.reject(new Error('no source')),
      ...deps,
    },
    {
      spec: sampleSpec({ id: '0123456789abcdef01234567' }),
      service,
      name: 'r1',
      device: sampleDevice('r1'),
      inventory: [],
      signal: new AbortController().signal,
      log: () => undefined,
      pause: () => Promise.resolve(),
      slice: { runId: '0123456789abcdef01234567', slice: 0 },
      claim: {} as DeviceTurn['claim'],
      losses: 0,
      leaving: new AbortController().signal,
      park: (wait) => wait(new AbortController().signal),
    },
  );
  expect(result.state).toBe('succeeded');
  const [task] = tasks;
  if (!task) throw new Error('the type was not run');
  return task;
}

describe('the task of a device', () => {
  it('has the credential of the device', async () => {
    expect((await taskOf({}, {}, 'of-the-service')).credential).toEqual({ name: 'of the device' });
  });

  it('has that of the service alone where the type works with something else than the device', async () => {
    expect((await taskOf({ credentialOf: 'service' }, {}, 'of-the-service')).credential).toEqual({
      name: 'of-the-service',
    });
    expect((await taskOf({ credentialOf: 'service' })).credential).toBeNull();
  });

  it('can prove from which run it comes, with a proof that is made once and only when it is asked for', async () => {
    const signed: string[] = [];
    const lineageOf: RunDeviceDependencies['lineageOf'] = ({ runId, stepId }) => {
      signed.push(`${runId}/${stepId}`);
      return `proof ${signed.length}`;
    };
    const task = await taskOf({}, { lineageOf });
    expect(signed).toEqual([]);
    expect([task.lineage, task.lineage]).toEqual(['proof 1', 'proof 1']);
    expect(signed).toEqual(['0123456789abcdef01234567/']);
    expect((await taskOf({})).lineage).toBeUndefined();
  });
});
