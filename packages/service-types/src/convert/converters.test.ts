import { describe, expect, it } from '@jest/globals';
import { createConverters } from './converters.ts';

const converters = createConverters();
const convert: typeof converters.convert = (...args) => converters.convert(...args);

describe('createConverters', () => {
  it('leaves results alone without a conversion, and makes text of data', () => {
    expect(convert('none', { a: 1 }, undefined)).toEqual({ a: 1 });
    expect(convert('text', { a: 1 }, undefined)).toBe('{"a":1}');
    expect(convert('text', 'as it is\r\n', undefined)).toBe('as it is\r\n');
    expect(convert('text', null, undefined)).toBe('');
  });

  it('reads JSON, and leaves alone what is data already', () => {
    expect(convert('json', ' {"version": "17.3"}\n', undefined)).toEqual({ version: '17.3' });
    expect(convert('json', { a: 1 }, undefined)).toEqual({ a: 1 });
  });

  it.each(['', 'not json', '{"a": ', `${'['.repeat(300)}${']'.repeat(300)}`])('refuses %j as JSON', (text) => {
    expect(() => convert('json', text, undefined)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('reads XML with attributes and lists, and keeps numbers as text', () => {
    const xml = '<?xml version="1.0"?>\n<i a="1"><n>1.10</n><n>2</n><e/><t x="y">z &amp; é</t></i>\n';
    expect(convert('xml', xml, undefined)).toEqual({
      i: { '@a': '1', n: ['1.10', '2'], e: '', t: { '#text': 'z & é', '@x': 'y' } },
    });
  });

  it.each([
    ['text', 'not xml'],
    ['an open element', '<a><b></a>'],
    ['nothing', ''],
    ['entities', '<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>'],
    ['too many levels', `${'<a>'.repeat(500)}${'</a>'.repeat(500)}`],
  ])('refuses %s as XML', (_, text) => {
    expect(() => convert('xml', text, undefined)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('does not let elements change objects', () => {
    const run = () => convert('xml', '<a><__proto__><polluted>1</polluted></__proto__></a>', undefined);
    try {
      run();
    } catch {
      // Refusing is as good.
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('runs TextFSM templates, and asks for one', () => {
    expect(convert('textfsm', 'a 1', 'Value A (\\d+)\n\nStart\n ^a ${A}\n')).toEqual([{ A: '1' }]);
    expect(() => convert('textfsm', 'a 1', undefined)).toThrow(/no TextFSM template/);
  });
});
