import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@runyard/testkit';
import { SlicePlaces } from './slice-places.ts';

function setUp(size: number) {
  const resized: number[] = [];
  const clock = new TestClock();
  return { resized, clock, places: new SlicePlaces({ size, resize: (count) => resized.push(count), clock }) };
}

const stays = () => ({ putOff: () => false });

describe('places of slices', () => {
  it('gives one more for each slice that only waits, and takes it back', () => {
    const { resized, places } = setUp(2);
    const [one, other] = [stays(), stays()];
    places.idle(one);
    places.idle(other);
    places.busy(one);
    places.busy(other);
    expect(resized).toEqual([3, 4, 3, 2]);
  });

  it('gives at most a thousand more', () => {
    const { resized, places } = setUp(2);
    const slices = Array.from({ length: 1_100 }, stays);
    for (const slice of slices) places.idle(slice);
    expect(places.places).toBe(1_002);
    expect(Math.max(...resized)).toBe(1_002);
    for (const slice of slices) places.busy(slice);
    expect(places.places).toBe(2);
  });

  it('puts off whoever has waited longest and can go when more than a thousand wait, each to a time of its own', () => {
    const { places, clock } = setUp(2);
    const away: [number, number][] = [];
    const slice = (number: number, canGo: boolean) => {
      const own = {
        putOff: (forMs: number) => {
          if (!canGo) return false;
          away.push([number, forMs]);
          places.busy(own);
          return true;
        },
      };
      return own;
    };
    for (let number = 0; number < 1_000; number += 1) places.idle(slice(number, number > 0));
    expect(away).toEqual([]);
    for (let number = 1_000; number < 1_003; number += 1) places.idle(slice(number, true));
    expect(away).toEqual([
      [1, 10_000],
      [2, 10_010],
      [3, 10_020],
    ]);
    clock.advance(60_000);
    places.idle(slice(1_003, true));
    expect(away.at(-1)).toEqual([4, 10_000]);
    expect(places.places).toBe(1_002);
  });

  it('tells a slice that was not idle from one that was', () => {
    expect(() => setUp(2).places.busy(stays())).toThrow('was not idle');
  });
});
