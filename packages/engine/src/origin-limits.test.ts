import { describe, expect, it } from '@jest/globals';
import { OriginLimits } from './origin-limits.ts';

describe('OriginLimits', () => {
  it('lets four messages at once go to an origin, and others when one is answered', () => {
    const limits = new OriginLimits();
    expect([1, 2, 3, 4].map(() => limits.enter('https://a', 0))).toEqual([null, null, null, null]);
    expect(limits.enter('https://a', 0)).toBe(1_000);
    expect(limits.enter('https://b', 0)).toBeNull();
    limits.leave('https://a', 50);
    expect(limits.enter('https://a', 0)).toBeNull();
  });

  it('has those who wait for a slow origin come one after the other, within five minutes', () => {
    const limits = new OriginLimits();
    for (let count = 0; count < 40; count += 1) {
      limits.enter('https://slow', 0);
      if (count >= 4) continue;
      limits.leave('https://slow', 20_000);
      limits.enter('https://slow', 0);
    }
    const waits = Array.from({ length: 200 }, () => limits.enter('https://slow', 0) ?? 0);
    expect(waits.slice(0, 20)).toEqual(waits.slice(0, 20).toSorted((a, b) => a - b));
    expect(waits[10]).toBeGreaterThan((waits[0] ?? 0) + 10_000);
    expect(waits.at(-1)).toBe(300_000);
  });
});
