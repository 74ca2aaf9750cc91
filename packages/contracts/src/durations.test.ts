import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './durations.ts';

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['1m500ms', 60_500],
    ['1.5s', 1_500],
    ['0s', 0],
    ['1d2h3m4s5ms', 93_784_005],
    [30, 30_000],
    [0.25, 250],
    [0, 0],
  ])('reads %p as %p ms', (duration, ms) => {
    expect(parseDuration(duration)).toBe(ms);
  });

  it.each([
    '',
    '30',
    '30 s',
    's',
    '-1s',
    '1s1m',
    '1s1s',
    '5min',
    'P1D',
    '1e3s',
    '1.s',
    -1,
    NaN,
    Infinity,
    1e300,
    null,
    true,
    '9'.repeat(60),
  ])('refuses %p', (duration) => {
    expect(parseDuration(duration)).toBeNull();
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [30_000, '30s'],
    [90_000, '1m30s'],
    [172_800_000, '2d'],
  ])('writes %p ms as %p', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what is read back as the same', () => {
    for (let ms = 1; ms < 1e12; ms = ms * 3 + 7) expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
});
