import { describe, expect, it } from '@jest/globals';
import { JSON_DEPTH_MAX, parseJson } from './parse-json.ts';

const parse = (text: string) => parseJson(new TextEncoder().encode(text));
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('parsing a JSON body', () => {
  it('gives the value', () => {
    expect(parse('{"a":[1,"ä",null,{"b":true}]}')).toEqual({ a: [1, 'ä', null, { b: true }] });
  });

  it('takes escapes that are harmless', () => {
    expect(parse(String.raw`"\u00e4 \ud83d\ude00 \\u0000"`)).toBe('ä 😀 \\u0000');
  });

  it.each(['', '{', '{"a":1}x', "{'a':1}", 'undefined'])('refuses %j as no JSON', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'BODY_NOT_JSON' }));
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow('UTF-8');
  });

  it('takes as many levels as it says, and no more', () => {
    expect(() => parse(nested(JSON_DEPTH_MAX))).not.toThrow();
    expect(() => parse(nested(JSON_DEPTH_MAX + 1))).toThrow('nested deeper');
  });

  it.each([
    [String.raw`{"a":["x\u0000"]}`, '/a/0', 'NUL'],
    [String.raw`{"a/b":{"\ud800":1}}`, '/a~1b', 'lone surrogate'],
    [String.raw`{"a":"\udc00\ud800"}`, '/a', 'lone surrogate'],
    ['{"a":{"__proto__":1}}', '/a', '__proto__'],
    [String.raw`{"\u005f_proto__":1}`, '', '__proto__'],
  ])('refuses %s at its place', (text, path, reason) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'BODY_INVALID', errors: [{ path, message: expect.stringContaining(reason) }] }),
    );
  });
});
