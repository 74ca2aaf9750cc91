import { describe, expect, it } from '@jest/globals';
import type { RunServiceStep, Service, WorkflowStep } from '@runyard/domain';
import { engineBundle, putDevice, putService, RunDriver, sampleDevice, sampleService } from '@runyard/testkit';
import { ifStep, markOf, runService, workflowService, workStep } from '../test/workflow-samples.ts';

/** A workflow on devices that holds the lock of each, and services below it that want one. */
async function setup(steps: readonly WorkflowStep[], child: Partial<Service> = {}, workflow: Partial<Service> = {}) {
  const works: string[] = [];
  const bundle = engineBundle({
    work: ({ service, device }) => {
      works.push(`${markOf(service)} ${device?.name ?? ''}`.trim());
      return { success: true, result: 'ok' };
    },
  });
  await bundle.put(
    ...['d1', 'd2'].map((name) => putDevice(sampleDevice(name))),
    putService(workflowService('flow', steps, {}, { runMethod: 'per-device', lock: 'device', ...workflow })),
    putService(sampleService('child', { type: 'test', lock: 'device', settings: { mark: 'child' }, ...child })),
    putService(workflowService('between', [runService('child', { devices: ['d1'] })])),
  );
  const driver = new RunDriver(bundle);
  return {
    ...bundle,
    works,
    results: async (...devices: readonly string[]) => {
      const id = await bundle.start({ service: 'flow', devices });
      await driver.untilEnded(id);
      // Also what was let go.
      await driver.untilEnded(...bundle.runs.records.keys());
      return Promise.all(devices.map(async (name) => (await bundle.runs.device(id, name))?.result));
    },
  };
}

const below = (changes: Partial<RunServiceStep> = {}) =>
  runService('child', { devices: ['{{ device.name }}'], ...changes });
const heldAbove = (key: string) => ({
  state: 'failed',
  error: {
    code: 'LOCK_HELD_ABOVE',
    message: expect.stringMatching(
      new RegExp(
        `lock '${key}' is held by the device 'd1' of the run [0-9a-f]{24} of 'flow', which waits for this run`,
      ),
    ),
  },
});

describe('a lock that a run above holds and does not give back before this one ends', () => {
  it('is refused at once, and the step says which lock and who has it', async () => {
    const { results, works } = await setup([below()]);
    const [result] = await results('d1');
    expect(result).toMatchObject(heldAbove('device/d1'));
    expect(works).toEqual([]);
  });

  it('is refused also where others are in between', async () => {
    const { results } = await setup([runService('between')]);
    expect(await results('d1')).toMatchObject([heldAbove('device/d1')]);
  });

  it('is refused by its key, whatever that is made of', async () => {
    const named = { lock: 'site {{ params.site }}' };
    const { results } = await setup([below({ params: { site: 7 } })], named, { lock: 'site 7' });
    expect(await results('d1')).toMatchObject([heldAbove('site 7')]);
  });

  it('is refused to a run that runs once', async () => {
    const once = { runMethod: 'once', lock: 'device/{{ params.name }}' } as const;
    const { results } = await setup([runService('child', { params: { name: '{{ device.name }}' } })], once);
    expect(await results('d1')).toMatchObject([heldAbove('device/d1')]);
  });

  it('is taken again and left in no line', async () => {
    const { results, lockStore } = await setup([below({ onFailure: ['after'] }), workStep('after')]);
    expect(await results('d1')).toMatchObject([{ state: 'succeeded' }]);
    expect(await lockStore.get('device/d1')).toBeNull();
  });
});

describe('a lock that somebody holds who does not wait for this run', () => {
  it('is waited for by a run that was let go: it begins when the workflow has given the lock back', async () => {
    const { results, works } = await setup([below({ mode: 'detach', onParentClose: 'abandon' }), workStep('after')]);
    expect(await results('d1')).toMatchObject([{ state: 'succeeded' }]);
    expect(works).toEqual(['after d1', 'child d1']);
  });

  it('is waited for when it is another device of the same workflow', async () => {
    const which = ifStep('which', "device.name = 'd2'", [['child'], ['own']]);
    const steps = [which, below({ devices: ['d1'] }), workStep('own')];
    const { results, works } = await setup(steps);
    expect(await results('d1', 'd2')).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    expect(works.toSorted()).toEqual(['child d1', 'own d1', 'own d2']);
  });
});
