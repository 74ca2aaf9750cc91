import { describe, expect, it } from '@jest/globals';
import type { JsonSchema, JsonValue } from '@runyard/domain';
import { costOf, isQuick } from './schema-cost.ts';

const withPattern = (pattern: string): JsonSchema => ({ properties: { a: { pattern } } });

describe('the cost of a schema', () => {
  it.each([
    [String.raw`^[a-z0-9-]+$`, 1, 1],
    [String.raw`^\d{1,3}\.\d{1,3}$`, 0, 9],
    [String.raw`^[a-z+*]+\+\*$`, 1, 1],
    [String.raw`^.*a.*b.*?$`, 3, 1],
    [String.raw`^(a|b)?c+$`, 1, 2],
    [String.raw`^(?:a|b)(?<name>c)$`, 0, 1],
    ['^a{3,}b{1000}c{5,90}$', 2, 1],
    ['a?a?a?a?', 0, 16],
  ])('counts the quantifiers of %s', (pattern, quantifiers, ways) => {
    expect(costOf(withPattern(pattern))).toEqual({ isUnbounded: false, quantifiers, ways });
  });

  it.each(['^(a+)+$', '^(?:a|aa)*$', '^(a){2,}$', String.raw`^(a+)\1$`, '(?=a+b)a', '(?<!a+)b', String.raw`^(\)a)+$`])(
    'knows no bound for %s',
    (pattern) => {
      expect(costOf(withPattern(pattern)).isUnbounded).toBe(true);
    },
  );

  it('counts a format as a pattern', () => {
    expect(costOf({ properties: { a: { format: 'email' }, format: { type: 'string' } } }).quantifiers).toBe(1);
  });

  it('knows no bound for references, nor for keys by pattern that have none', () => {
    expect(costOf({ properties: { a: { $ref: '#/$defs/a' } } }).isUnbounded).toBe(true);
    expect(costOf({ patternProperties: { '^(a+)+$': true } }).isUnbounded).toBe(true);
  });
});

describe('a quick check', () => {
  const quick: [string, JsonValue, boolean][] = [
    ['^[a-z]+$', { a: 'x'.repeat(2_000) }, true],
    ['^[a-z]+$', { a: 'x'.repeat(3_000) }, false],
    ['^a*b*c*$', { a: 'x'.repeat(40) }, true],
    ['^a*b*c*$', { a: 'x'.repeat(60) }, false],
    ['^a*b*c*$', { ['x'.repeat(60)]: 1 }, false],
    ['a', Array.from({ length: 3_000 }, () => 1), false],
    ['a', { a: Array.from({ length: 1_500 }, () => 1) }, true],
    ['a', 'x'.repeat(60_000), false],
    [String.raw`^\d{1,3}\.\d{1,3}$`, { a: '1'.repeat(1_000) }, true],
    ['a?'.repeat(30), { a: 'x' }, false],
    ['a{1,90}'.repeat(4), { a: 'a'.repeat(300) }, false],
  ];
  it.each(quick)('by %s of %.20j: %s', (pattern, value, expected) => {
    expect(isQuick(costOf(withPattern(pattern)), value)).toBe(expected);
  });
});
