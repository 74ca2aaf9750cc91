import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { BASE62, UNAMBIGUOUS, randomText } from './random-text.ts';

describe('randomText', () => {
  it('has the asked length and characters of the alphabet only', () => {
    expect(randomText(BASE62, 40, randomBytes)).toMatch(/^[0-9A-Za-z]{40}$/);
    expect(UNAMBIGUOUS).not.toMatch(/[01OIli]/);
  });

  it('passes over bytes that would favour some characters', () => {
    const bytes = [255, 248, 247, 0, 61, 62];
    const random = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, () => bytes.shift() ?? 1);
    expect(randomText(BASE62, 4, random)).toBe('z0z0');
  });
});
