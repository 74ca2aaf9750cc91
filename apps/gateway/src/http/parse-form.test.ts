import { describe, expect, it } from '@jest/globals';
import { parseForm } from './parse-form.ts';

const parse = (text: string, lists: string[] = []) => parseForm(new TextEncoder().encode(text), lists);

describe('parsing a form', () => {
  it('takes texts as texts, and JSON where it plainly is JSON', () => {
    expect(parse('name=show&port=22&async=true&payload=%7B%22a%22%3A1%7D&tags=%5B1%5D')).toEqual({
      name: 'show',
      port: '22',
      async: true,
      payload: { a: 1 },
      tags: [1],
    });
  });

  it('makes lists of list fields and of fields that come several times', () => {
    expect(parse('devices=d1&pools=a&pools=b&x=1&x=2', ['devices', 'pools'])).toEqual({
      devices: ['d1'],
      pools: ['a', 'b'],
      x: ['1', '2'],
    });
  });

  it.each(['__proto__=1', 'a=%00', 'payload=%7Bbroken'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('refuses a form without end', () => {
    expect(() => parse(Array.from({ length: 1_001 }, (_, index) => `a${index}=1`).join('&'))).toThrow('1000 fields');
  });
});
