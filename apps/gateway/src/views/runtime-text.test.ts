import { describe, expect, it } from '@jest/globals';
import { durationText, parseRuntimeText, runtimeText } from './runtime-text.ts';

describe('a runtime', () => {
  it.each([
    [1_794_615_795_311_665, '2026-11-14 00:23:15.311665'],
    [1_794_615_795_000_001, '2026-11-14 00:23:15.000001'],
    [0, '1970-01-01 00:00:00.000000'],
  ])('%p is written with all its microseconds, and read back', (us, text) => {
    expect(runtimeText(us)).toBe(text);
    expect(parseRuntimeText(text)).toBe(us);
  });

  it.each(['', 'now', '2026-13-01 00:00:00.000000', '2026-11-14 00:23:15', '2026-11-14 00:23:15.3116655'])(
    '%j is none',
    (text) => {
      expect(parseRuntimeText(text)).toBeNull();
    },
  );
});

it.each([
  [0, '0:00:00'],
  [1_999, '0:00:01'],
  [61_000, '0:01:01'],
  [90_061_000, '25:01:01'],
  [-5, '0:00:00'],
])('writes a duration of %p ms as %s', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});
