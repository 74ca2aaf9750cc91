import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.ts';

describe('device slots', () => {
  it('are taken at once while there are free ones', () => {
    const slots = new Slots(2);
    expect([slots.acquire('a', Infinity), slots.acquire('a', Infinity)]).toEqual([null, null]);
    expect(slots.busy).toBe(2);
  });

  it('never exceed their number, nor the limit of a run', async () => {
    const slots = new Slots(3);
    expect(slots.acquire('a', 1)).toBeNull();
    const second = slots.acquire('a', 1);
    expect(second).not.toBeNull();
    expect(slots.busy).toBe(1);
    slots.release('a');
    await second;
    expect(slots.busy).toBe(1);
  });

  it('go round the runs that wait, so that one device of another run waits for one device only', async () => {
    const slots = new Slots(1);
    void slots.acquire('big', Infinity);
    const served: string[] = [];
    const wait = async (run: string): Promise<void> => {
      await slots.acquire(run, Infinity);
      served.push(run);
    };
    const all = [wait('big'), wait('big'), wait('big'), wait('small')];
    for (const run of ['big', 'big', 'small', 'big']) {
      slots.release(run);
      await Promise.resolve();
    }
    await Promise.all(all);
    expect(served.indexOf('small')).toBeLessThanOrEqual(1);
  });

  it('tell a double release apart from a free slot', () => {
    const slots = new Slots(1);
    void slots.acquire('a', 1);
    slots.release('a');
    expect(() => slots.release('a')).toThrow('released twice');
  });
});
