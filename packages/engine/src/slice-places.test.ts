import { describe, expect, it } from '@jest/globals';
import { SlicePlaces } from './slice-places.ts';

function setUp(size: number) {
  const resized: number[] = [];
  return { resized, places: new SlicePlaces({ size, resize: (count) => resized.push(count) }) };
}

describe('places of slices', () => {
  it('gives one more for each slice that only waits, and takes it back', () => {
    const { resized, places } = setUp(2);
    places.idle();
    places.idle();
    places.busy();
    places.busy();
    expect(resized).toEqual([3, 4, 3, 2]);
  });

  it('gives at most a thousand more', () => {
    const { resized, places } = setUp(2);
    for (let slice = 0; slice < 1_100; slice += 1) places.idle();
    expect(places.places).toBe(1_002);
    expect(Math.max(...resized)).toBe(1_002);
    for (let slice = 0; slice < 1_100; slice += 1) places.busy();
    expect(places.places).toBe(2);
  });

  it('tells a slice that was not idle from one that was', () => {
    expect(() => setUp(2).places.busy()).toThrow('was not idle');
  });
});
