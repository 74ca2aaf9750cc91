import { describe, expect, it } from '@jest/globals';
import { isSameJson } from './same-json.ts';

describe('isSameJson', () => {
  it.each([
    [
      { a: 1, b: [null, 'x'] },
      { b: [null, 'x'], a: 1 },
    ],
    [{ a: undefined }, {}],
    [[], []],
    [null, null],
  ])('holds for %j and %j', (left, right) => {
    expect(isSameJson(left, right)).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: 1 }, { b: 1 }],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [null, {}],
    [{ toString: 1 }, { a: 1 }],
  ])('does not hold for %j and %j', (left, right) => {
    expect(isSameJson(left, right)).toBe(false);
  });
});
