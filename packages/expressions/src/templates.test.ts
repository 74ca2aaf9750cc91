import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@runyard/domain';
import { createTemplates } from './templates.ts';

const templates = createTemplates();
const scope: JsonObject = {
  device: { name: 'r1', address: '10.0.0.1', attributes: { role: 'core', empty: null } },
  params: { text: `<"quotes" & 'more'>\n$(id) \\ ü {{ device.name }}`, list: [1, 'two'], object: { a: [true] } },
};
const render = (template: string): string => templates.render(template, scope);
/** The text, or why there is none. */
function outcome(template: string): string {
  try {
    return render(template);
  } catch (error) {
    return String(error);
  }
}
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'TEMPLATE_INVALID', message: expect.stringMatching(message) });

/** A text of more than a million characters. */
const MILLION = `{% assign a = "0123456789" %}${'{% assign a = a | append: a %}'.repeat(17)}`;

describe('createTemplates', () => {
  it('returns a text without tags as it is', () => {
    expect(render('no { tags } %}')).toBe('no { tags } %}');
  });

  it('writes values unchanged and does not render them again', () => {
    expect(render('{{ params.text }}')).toBe(`<"quotes" & 'more'>\n$(id) \\ ü {{ device.name }}`);
  });

  it('writes objects and lists as JSON text', () => {
    expect(render('{{ params.list }} {{ params.object }}')).toBe('[1,"two"] {"a":[true]}');
    expect(render('{{ params.list | raw }} {% echo params.object %}')).toBe('[1,"two"] {"a":[true]}');
    expect(render('{{ params.text | json }}')).toBe(JSON.stringify((scope['params'] as JsonObject)['text']));
    expect(render('{{ params.object | json: 2 }}')).toBe('{\n  "a": [\n    true\n  ]\n}');
  });

  it('writes numbers and booleans', () => {
    expect(render('{{ 1.50 }} {{ 1 | divided_by: 0.0 }} {{ true }} {{ params.list.size }}')).toBe(
      '1.5 Infinity true 2',
    );
  });

  it('writes nothing for null', () => {
    expect(render('[{{ device.attributes.empty }}{{ nil }}{{ empty }}]')).toBe('[]');
  });

  it('knows conditions, loops, assignments and the size of a list', () => {
    const template = '{% assign n = params.list | size %}{% for i in params.list %}{{ i }}/{{ n }} {% endfor %}';
    expect(render(template)).toBe('1/2 two/2 ');
    expect(render('{% if device.attributes.role == "core" %}yes{% endif %}')).toBe('yes');
  });

  it.each(['{{ params.mtu }}', '{{ params.mtu | upcase }}', '{% for x in params.mtu %}{% endfor %}'])(
    'names the unknown variable of %s',
    (template) => {
      expect(() => render(template)).toThrow(invalid(/params\.mtu/));
    },
  );

  it('lets conditions and defaults ask for an unknown variable', () => {
    expect(render('{{ params.mtu | default: 1500 }}{% if params.mtu %}!{% endif %}')).toBe('1500');
  });

  it.each(['{{ params.text | shout }}', '{% run %}', '{{ device.name', '{% if device.name %}'])(
    'refuses %s',
    (template) => {
      expect(() => render(template)).toThrow(invalid(/./));
    },
  );

  it.each([
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ toString }}',
    '{{ params.__proto__ }}',
    '{{ params["__proto__"].polluted }}',
    '{{ params.constructor.constructor }}',
    '{{ params.text.constructor }}',
    '{{ params.list.constructor }}',
    '{{ params.list.map }}',
    '{{ device.hasOwnProperty }}',
    '{% assign key = "constructor" %}{{ params[key] }}',
  ])('does not reach the prototype through %s', (template) => {
    expect(() => render(template)).toThrow(invalid(/undefined variable/));
  });

  it.each([
    '{{ params.list | map: "constructor" }}',
    '{{ params.list | where: "constructor" }}',
    '{{ params.list | group_by: "constructor" | map: "name" }}',
    '{{ params.list | sum: "constructor" }}',
    '{{ params.list | where_exp: "x", "x.constructor" }}',
    '{% for x in params.list %}{{ x.constructor | default: "" }}{% endfor %}',
  ])('gives no function away through %s', (template) => {
    expect(outcome(template)).not.toMatch(/function|native code/);
  });

  it('changes no prototype by assigning', () => {
    render('{% assign __proto__ = params.object %}{% assign constructor = 1 %}{% capture toString %}x{% endcapture %}');
    expect(({} as JsonObject)['a']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each([
    '{% include "/etc/passwd" %}',
    '{% render "../../etc/passwd" %}',
    '{% layout "/etc/passwd" %}{% block a %}{% endblock %}',
    '{% include device.name %}',
    '{% include "constructor" %}',
  ])('has no files for %s', (template) => {
    expect(() => render(template)).toThrow(invalid(/tag .* not found/));
  });

  it.each([
    ['a huge range', '{% for i in (1..1000000000) %}x{% endfor %}'],
    ['text doubled again and again', `{% assign a = "0123456789" %}${'{% assign a = a | append: a %}'.repeat(40)}`],
    [
      'text captured again and again',
      `{% assign a = "0123456789" %}${'{% capture a %}{{ a }}{{ a }}{% endcapture %}'.repeat(40)}`,
    ],
    [
      'a long value in a loop',
      '{% capture a %}{% for i in (1..10000) %}0123456789{% endfor %}{% endcapture %}{% for i in (1..1000) %}{{ a }}{% endfor %}',
    ],
    ['an endless pad', '{{ "now" | date: "%999999999d" }}'],
    [
      'loops in loops',
      '{% for i in (1..9999) %}{% for j in (1..9999) %}{% for k in (1..9999) %}x{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['a list that is grouped by much work', `${MILLION}{{ a | split: "" | group_by_exp: "x", "x" | size }}`],
    ['a long list that is sorted', `${MILLION}${'{{ a | split: "" | sort | size }}'.repeat(30)}`],
    ['a template of very many tags', '{{ device.name }}{{a}}'.repeat(45_000)],
    ['a template that is too long', `{{ device.name }}${' '.repeat(1_000_000)}`],
  ])('stops %s', (_, template) => {
    expect(() => render(template)).toThrow(invalid(/limit|longer|exceeded/));
  });

  it('renders the configuration of a device with 5,000 interfaces', () => {
    const list = Array.from({ length: 5_000 }, (_, vlan) => ({ name: `eth${vlan}`, vlan, mtu: 1_500, use: 'access' }));
    const one = `interface {{ i.name }}
 description {{ i.use | upcase }}
{% if i.vlan > 100 %} switchport access vlan {{ i.vlan }}{% else %} no switchport{% endif %}
 mtu {{ i.mtu | default: 1500 }}
`;
    const text = templates.render(`{% for i in params.list %}${one}{% endfor %}`, { params: { list } });
    expect(text.match(/^interface /gm)).toHaveLength(5_000);
    const sorted = '{% assign l = params.list | where: "mtu", 1500 | sort: "name" %}{{ l | map: "vlan" | last }}';
    expect(templates.render(sorted, { params: { list } })).toBe('999');
  });

  it('renders a hundred kilobytes', () => {
    const long = 'ü'.repeat(100_000);
    expect(templates.render('{{ params.long }}', { params: { long } })).toBe(long);
  });
});
