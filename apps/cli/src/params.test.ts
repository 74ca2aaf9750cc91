import { describe, expect, it } from '@jest/globals';
import { readParams } from './params.ts';

describe('readParams', () => {
  it('reads JSON values as JSON and others as text', () => {
    expect(
      readParams(undefined, ['count=3', 'on=true', 'tags=["a"]', 'name=r1', 'none=null', 'text="10"', 'empty=']),
    ).toEqual({
      count: 3,
      on: true,
      tags: ['a'],
      name: 'r1',
      none: null,
      text: '10',
      empty: '',
    });
  });

  it('keeps everything after the first equals sign', () => {
    expect(readParams(undefined, ['filter=a=b'])).toEqual({ filter: 'a=b' });
  });

  it('lets single params win over the JSON object', () => {
    expect(readParams('{"a": 1, "b": 2}', ['b=3'])).toEqual({ a: 1, b: 3 });
  });

  it('takes __proto__ as a name like any other', () => {
    const params = readParams(undefined, ['__proto__={"a":1}']);

    expect(Object.keys(params)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
  });

  it.each([['name'], ['=x']])('refuses %s', (pair) => {
    expect(() => readParams(undefined, [pair])).toThrow('name=value');
  });

  it.each([['[1]'], ['3'], ['{'], ['null']])('refuses %s as the object of all params', (json) => {
    expect(() => readParams(json, [])).toThrow('JSON object');
  });
});
