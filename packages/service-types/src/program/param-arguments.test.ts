import { describe, expect, it } from '@jest/globals';
import { paramArguments } from './param-arguments.ts';

describe('paramArguments', () => {
  it('gives name and value as two arguments, whatever the value holds', () => {
    const value = `a "b" 'c'\n$(id) \\ {{.Key}} $& ü`;
    expect(paramArguments({ 'my-name': value, empty: '', dash: '-rf' })).toEqual([
      '--my-name',
      value,
      '--empty',
      '',
      '--dash',
      '-rf',
    ]);
  });

  it('gives numbers as text, objects and lists as JSON, true as the name alone, and leaves out the rest', () => {
    const params = { n: 1.5, o: { a: [1] }, l: ['x y'], yes: true, no: false, nothing: null, unset: undefined };
    expect(paramArguments(params)).toEqual(['--n', '1.5', '--o', '{"a":[1]}', '--l', '["x y"]', '--yes']);
  });

  it.each([
    ['--{{.Key}}={{.Value}}', ['--name=a b', '--flag']],
    ['--{{ .Key }}  {{ .Value }}', ['--name', 'a b', '--flag']],
    ['-D {{.Key}}:{{.Value}}', ['-D', 'name:a b', '-D', 'flag']],
    ['{{.Value}}', ['a b']],
  ])('knows the format %s', (format, expected) => {
    expect(paramArguments({ name: 'a b', flag: true }, { format })).toEqual(expected);
  });

  it.each(['{{.Name}}', '{{if .Key}}x{{end}}', '{{ .Key | printf }}'])('refuses the format %s', (format) => {
    expect(() => paramArguments({}, { format })).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });

  it('leaves out what is not set, or gives it an empty value when older programs expect it', () => {
    const format = '--{{.Key}}={{.Value}}';
    expect(paramArguments({ a: 'x', c: null }, { format })).toEqual(['--a=x']);
    expect(paramArguments({ a: 'x', c: null }, { format, emptyFor: ['a', 'b', 'c'] })).toEqual([
      '--a=x',
      '--b=',
      '--c=',
    ]);
  });
});
