import { describe, expect, it } from '@jest/globals';
import { closestName, hint } from './closest-name.ts';

describe('closestName', () => {
  it.each([
    ['concurency', 'concurrency'],
    ['Slots', 'slots'],
    ['prot', 'port'],
    ['slotts', 'slots'],
  ])('takes %s for %s', (name, meant) => {
    expect(closestName(name, ['other', 'concurrency', 'slots', 'port'])).toBe(meant);
  });

  it('is silent when nothing is near', () => {
    expect(closestName('frobnicate', ['port', 'slots'])).toBeUndefined();
    expect(closestName('x'.repeat(100_000), ['port'])).toBeUndefined();
    expect(hint('zz', ['ab'])).toBe('');
  });
});
