import { describe, expect, it } from '@jest/globals';
import { unsafeYaml } from './yaml-text.ts';

describe('unsafeYaml', () => {
  it('marks every text, and no name', () => {
    expect(unsafeYaml({ a: 'x', b: ['y', { c: 'z' }] })).toBe(
      '{? "a" : !unsafe "x", ? "b" : [!unsafe "y", {? "c" : !unsafe "z"}]}',
    );
  });

  it('writes only characters that no reader of YAML changes', () => {
    expect(unsafeYaml('a"b\\c\n\u0085\u2028ü👩\ud800')).toBe(
      String.raw`!unsafe "a\"b\\c\U0000000a\U00000085\U00002028\U000000fc\U0001f469\U0000fffd"`,
    );
  });

  it('keeps numbers, booleans and null, and leaves out what is not set', () => {
    expect(unsafeYaml({ n: 1.5, b: false, z: null, u: undefined, e: [], o: {} })).toBe(
      '{? "n" : 1.5, ? "b" : false, ? "z" : null, ? "e" : [], ? "o" : {}}',
    );
  });
});
