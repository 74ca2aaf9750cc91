import { describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonValue } from '@runyard/domain';
import { createTemplates } from './templates.ts';

const templates = createTemplates();
const scope: JsonObject = {
  params: { count: 3, flag: false, none: null, list: [1, 'two'], object: { a: [true] }, text: '{{ params.count }}' },
  device: { name: 'r1' },
};
const value = (template: string): JsonValue => templates.value(template, scope);
/** The value, or why there is none. */
function outcome(template: string): string {
  try {
    return JSON.stringify(value(template));
  } catch (error) {
    return String(error);
  }
}
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'TEMPLATE_INVALID', message: expect.stringMatching(message) });

describe('the value of a template', () => {
  it.each([
    ['{{ params.count }}', 3],
    ['  {{- params.count -}}\n', 3],
    ['{{ params.flag }}', false],
    ['{{ params.none }}', null],
    ['{{ params.list }}', [1, 'two']],
    ['{{ params.object }}', { a: [true] }],
    ['{{ params.list | size | plus: 1 }}', 3],
    ['{{ params.missing | default: 7 }}', 7],
    ['{{ nil }}', null],
    ['{{ empty }}', ''],
    ['{{ 1.5 }}', 1.5],
    ['{{ (1..3) }}', [1, 2, 3]],
  ])('of %s alone is the value itself: %j', (template, expected) => {
    expect(value(template)).toEqual(expected);
  });

  it.each([
    ['plain', 'plain'],
    ['{{ params.count }} of {{ params.count }}', '3 of 3'],
    ['n={{ params.count }}', 'n=3'],
    ['{% if params.flag %}a{% else %}b{% endif %}', 'b'],
    ['{{ params.list }}{{ params.list }}', '[1,"two"][1,"two"]'],
    ['{{ "}}" }}', '}}'],
    ['{{ "{{" }}', '{{'],
    ['', ''],
  ])('of %s is a text: %j', (template, expected) => {
    expect(value(template)).toBe(expected);
  });

  it('is not rendered again', () => {
    expect(value('{{ params.text }}')).toBe('{{ params.count }}');
  });

  it('is a copy', () => {
    (value('{{ params.object }}') as JsonObject)['a'] = 'other';
    expect(scope['params']).toMatchObject({ object: { a: [true] } });
  });

  it.each(['{{ params.missing }}', '{{ params.missing.deeper }}', '{{ params.list | shout }}', '{{ params.count | }}'])(
    'is refused for %s, as its text is',
    (template) => {
      const refusal = outcome(template);
      let rendered = '';
      try {
        rendered = templates.render(template, scope);
      } catch {
        rendered = 'refused';
      }
      expect([refusal.startsWith('AppError'), rendered === 'refused']).toEqual([
        rendered === 'refused',
        rendered === 'refused',
      ]);
    },
  );

  it.each([
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ params.__proto__ }}',
    '{{ params["__proto__"] }}',
    '{{ params.constructor.constructor }}',
    '{{ params.list.constructor }}',
    '{{ params.list.map }}',
    '{{ device.name.constructor }}',
  ])('does not reach the prototype through %s', (template) => {
    expect(() => value(template)).toThrow(invalid(/undefined variable/));
  });

  it.each([
    '{{ params.list | map: "constructor" }}',
    '{{ params.list | group_by: "constructor" }}',
    '{{ params.list | where_exp: "x", "x.constructor" }}',
    '{{ params.object | where: "constructor" }}',
  ])('gives no function away through %s', (template) => {
    expect(outcome(template)).not.toMatch(/function|native code/);
  });

  it.each([
    ['a huge range', '{{ (1..1000000000) }}'],
    ['text doubled again and again', `{{ "0123456789" ${'| append: params.long '.repeat(300)} }}`],
    ['a range joined', '{{ (1..100000000) | join: "" }}'],
    ['an endless pad', '{{ "now" | date: "%999999999d" }}'],
    ['a template that is too long', `{{ "${'x'.repeat(1_000_000)}" }}`],
    ['a value that is too long', '{{ params.longer }}'],
  ])('stops %s', (_, template) => {
    const long: JsonObject = { params: { long: 'x'.repeat(100_000), longer: 'x'.repeat(10 * 1024 * 1024) } };
    expect(() => templates.value(template, long)).toThrow(invalid(/limit|longer|exceeded/));
  });
});

describe('what is wrong with a template', () => {
  it.each([
    ['{{ device.name', /not closed/],
    ['{% if x %}', /not closed/],
    ['{{ x | shout }}', /undefined filter/],
    ['{% run %}', /not found/],
  ])('is told for %s before it is rendered', (template, reason) => {
    expect(templates.problem(template)).toMatch(reason);
  });

  it('is nothing when only values are missing', () => {
    expect(templates.problem('{{ params.missing }} {% for x in y %}{{ x }}{% endfor %}')).toBeNull();
    expect(templates.problem('plain } text')).toBeNull();
  });
});
