import { describe, expect, it } from '@jest/globals';
import type { Device } from './device.ts';
import { cutSlices, limitParallel, SLICE_DEVICES_MAX, windowFor } from './slices.ts';

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
  });
});

describe('limiting a plan', () => {
  const plan = cutSlices([...fleet(1_000), ...fleet(1_000, 'fra', 'f')]);

  it('lets as many slices of a cluster be queued as fill the slots of its workers twice', () => {
    expect(windowFor(plan, 250)).toBe(4);
    expect(windowFor(plan, 1)).toBe(2);
    expect(windowFor(cutSlices(fleet(40)), 256)).toBeGreaterThanOrEqual(4);
    expect(limitParallel(plan, undefined, 250)).toMatchObject({ window: 4 });
  });

  it.each([2, 3, 7, 50, 1_000])('never lets more than %i devices be in work over all slices', (parallel) => {
    const { window = 0, sliceParallel = 0 } = limitParallel(plan, parallel, 256);
    const clusters = new Set(plan.slices.map(({ cluster }) => cluster)).size;
    expect(window * clusters * sliceParallel).toBeLessThanOrEqual(parallel);
    expect(window * sliceParallel).toBeGreaterThan(0);
  });
});
