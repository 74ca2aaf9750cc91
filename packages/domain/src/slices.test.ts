import { describe, expect, it } from '@jest/globals';
import type { Device } from './device.ts';
import { cutRollout, cutSlices, limitParallel, SLICE_DEVICES_MAX, windowFor } from './slices.ts';

function fleet(count: number, cluster = 'ams', prefix = 'r'): Device[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}${count - index}`,
    address: '10.0.0.1',
    cluster,
  }));
}

describe('cutting slices', () => {
  it('keeps the order asked for in a run of a few devices', () => {
    const { slices, sorted } = cutSlices(fleet(3));
    expect(slices).toEqual([{ cluster: 'ams', names: ['r3', 'r2', 'r1'] }]);
    expect(sorted).toBe(false);
  });

  it('never mixes clusters in a slice', () => {
    const { slices } = cutSlices([...fleet(2, 'ams'), ...fleet(2, 'fra', 'f'), ...fleet(1, 'ams', 'x')]);
    expect(slices.map(({ cluster, names }) => [cluster, names.length])).toEqual([
      ['ams', 3],
      ['fra', 2],
    ]);
  });

  it('holds each device once and no slice above the limit, with ascending names over the slices of a cluster', () => {
    const { slices, sorted } = cutSlices(fleet(5_000));
    const names = slices.flatMap((slice) => slice.names);
    expect(sorted).toBe(true);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(names).toHaveLength(5_000);
    expect(Math.max(...slices.map((slice) => slice.names.length))).toBeLessThanOrEqual(SLICE_DEVICES_MAX);
  });

  it('gives each worker of a cluster something to do when there are devices enough', () => {
    expect(cutSlices(fleet(200)).slices.length).toBeGreaterThanOrEqual(8);
    expect(cutSlices(fleet(400), { workers: 20 }).slices.length).toBeGreaterThanOrEqual(40);
  });

  it('holds no more devices in a slice than a small `parallel` of the run', () => {
    const { slices } = cutSlices(fleet(1_000), { parallel: 20 });
    expect(Math.max(...slices.map(({ names }) => names.length))).toBe(20);
  });
});

describe('cutting a rollout', () => {
  const rollout = { soakMs: 0, onBreach: 'stop' } as const;

  it('takes few devices in the order asked for, canary first, and never mixes batches in a slice', () => {
    const devices = [...fleet(3, 'ams'), ...fleet(2, 'fra', 'f')];
    const plan = cutRollout(devices, { ...rollout, canary: 1, batches: 3 });
    expect(plan.slices).toEqual([
      { cluster: 'ams', names: ['r3'], batch: 0 },
      { cluster: 'ams', names: ['r2', 'r1'], batch: 1 },
      { cluster: 'fra', names: ['f2'], batch: 1 },
      { cluster: 'fra', names: ['f1'], batch: 2 },
    ]);
    expect(plan.rollout).toMatchObject({ sizes: [1, 3, 1], failuresMax: null });
  });

  it('counts shares out, rounding batches up and failures down', () => {
    const plan = cutRollout(fleet(550), { ...rollout, canary: '1%', batches: '33%', maxFailures: '1%' });
    expect(plan.rollout).toMatchObject({ sizes: [6, 182, 182, 180], failuresMax: 5 });
    const names = plan.slices.flatMap((slice) => slice.names);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(names).toHaveLength(550);
  });

  it('keeps the `parallel` of a run within each batch', () => {
    const plan = limitParallel(cutRollout(fleet(400), { ...rollout, batches: 100 }), 8, { slots: 100, workers: 2 });
    expect((plan.window ?? 0) * (plan.sliceParallel ?? 0)).toBeLessThanOrEqual(8);
    expect(plan.sliceParallel).toBeGreaterThan(0);
  });
});

describe('limiting a plan', () => {
  const plan = cutSlices([...fleet(1_000), ...fleet(1_000, 'fra', 'f')]);

  it('lets as many slices of a cluster be queued as fill the slots of its workers twice', () => {
    expect(windowFor(plan, { slots: 250, workers: 2 })).toBe(4);
    expect(windowFor(plan, { slots: 1, workers: 1 })).toBe(2);
    expect(windowFor(cutSlices(fleet(40)), { slots: 256, workers: 1 })).toBeGreaterThanOrEqual(4);
    expect(limitParallel(plan, undefined, { slots: 250, workers: 2 })).toMatchObject({ window: 4 });
  });

  it.each([2, 3, 7, 50, 1_000])('never lets more than %i devices be in work over all slices', (parallel) => {
    const { window = 0, sliceParallel = 0 } = limitParallel(plan, parallel, { slots: 256, workers: 2 });
    const clusters = new Set(plan.slices.map(({ cluster }) => cluster)).size;
    expect(window * clusters * sliceParallel).toBeLessThanOrEqual(parallel);
    expect(window * sliceParallel).toBeGreaterThan(0);
  });
});
