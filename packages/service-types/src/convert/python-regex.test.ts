import { describe, expect, it } from '@jest/globals';
import { translatePythonRegex } from './python-regex.ts';

describe('translatePythonRegex', () => {
  it.each([
    ['(?P<name>\\d+)', '(?<name>\\d+)'],
    ['(?P<a>x)(?P=a)', '(?<a>x)\\k<a>'],
    ['end\\Z', 'end$(?![\\s\\S])'],
    ['\\Astart', '^start'],
    ['[]a]', '[\\]a]'],
    ['[^]a]', '[^\\]a]'],
    ['[[a]', '[[a]'],
    ['[\\]a]', '[\\]a]'],
    ['a{,3}', 'a{0,3}'],
    ['a{,x}', 'a{,x}'],
    ['[(?P<]', '[(?P<]'],
    ['\\(?P<', '\\(?P<'],
    ['(?:a|b)(?=c)(?!d)(?<=e)(?<!f)', '(?:a|b)(?=c)(?!d)(?<=e)(?<!f)'],
    ['a(?#note)b', 'ab'],
  ])('writes %s as %s', (python, javascript) => {
    expect(translatePythonRegex(python)).toEqual({ source: javascript, ignoreCase: false });
  });

  it('takes the inline flag for upper and lower case', () => {
    expect(translatePythonRegex('(?i)up')).toEqual({ source: 'up', ignoreCase: true });
    expect(translatePythonRegex('(?sm)up')).toEqual({ source: 'up', ignoreCase: false });
  });

  it.each(['(?x) a', '(?(1)a|b)', '(?>a)', '(?i:a)', '[a'])('refuses %s', (python) => {
    expect(() => translatePythonRegex(python)).toThrow(/not supported|never closed/);
  });
});
