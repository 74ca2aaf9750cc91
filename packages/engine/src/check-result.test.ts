import { describe, expect, it } from '@jest/globals';
import type { JsonValue, Validation } from '@runyard/domain';
import { checkResult } from './check-result.ts';

describe('validating a result', () => {
  it.each<[string, Validation, JsonValue, boolean]>([
    ['a text that contains the wanted part', { contains: '17.3' }, 'Version 17.3.1', true],
    ['a text without the part', { contains: '17.3' }, 'Version 16', false],
    ['a text that must not contain the part', { contains: 'down', not: true }, 'up', true],
    ['a line that matches', { matches: '^Version 17' }, 'IOS\nVersion 17.3', true],
    ['an object that includes members', { includes: { a: { b: 1 } } }, { a: { b: 1, c: 2 }, d: 3 }, true],
    ['an object that lacks a member', { includes: { a: 1 } }, { b: 1 }, false],
    ['a list that includes members in another order', { includes: [2, { x: 1 }] }, [{ x: 1, y: 2 }, 2], true],
    ['equal objects with keys in another order', { equals: { a: 1, b: [1, 2] } }, { b: [1, 2], a: 1 }, true],
    ['lists in another order, which are not equal', { equals: [1, 2] }, [2, 1], false],
    ['a path into the result', { path: 'result.0.version', equals: '17' }, [{ version: '17' }], true],
    ['a path that leads nowhere', { path: 'result.x.y', contains: 'a' }, { z: 1 }, false],
    ['a member of the prototype', { path: 'result.constructor', equals: 'x', not: true }, {}, true],
  ])('judges %s', (_, validation, result, passes) => {
    expect(checkResult(validation, result) === null).toBe(passes);
  });

  it('says what was expected and what was there', () => {
    expect(checkResult({ contains: '17.3' }, 'Version 16')).toBe('result must contain "17.3"; it is "Version 16"');
  });
});
