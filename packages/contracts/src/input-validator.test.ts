import { describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonSchema } from '@runyard/domain';
import { createInputValidator } from './input-validator.ts';

const validator = createInputValidator();

function texts(schema: JsonSchema, params: JsonObject): string[] {
  return validator.validate(schema, params).errors.map(({ path, message }) => `${path}: ${message}`);
}

describe('strange schemas load', () => {
  const strange: [string, JsonSchema, JsonObject, JsonObject][] = [
    ['the same $id as another, one way', { $id: 'root', properties: { a: { type: 'string' } } }, { a: 'x' }, { a: 1 }],
    [
      'the same $id as another, another way',
      { $id: 'root', properties: { a: { type: 'integer' } } },
      { a: 1 },
      { a: 'x' },
    ],
    [
      'the same $id twice within',
      { properties: { a: { $id: 'x', type: 'string' }, b: { $id: 'x', type: 'integer' } } },
      { a: 'x', b: 1 },
      { b: 'x' },
    ],
    ['an unknown $schema', { $schema: 'https://example.org/my-schema', required: ['a'] }, { a: 1 }, {}],
    ['an unknown format', { properties: { a: { type: 'string', format: 'device-name' } } }, { a: 'x' }, { a: 1 }],
    [
      'hostname and password',
      { properties: { a: { type: 'string', format: 'hostname' }, p: { format: 'password' } } },
      { a: 'a.b', p: 'x' },
      { a: '-' },
    ],
    [
      'unknown keywords',
      { 'x-order': 1, widget: { a: 1 }, properties: { a: { type: 'string', placeholder: 'x' } } },
      { a: 'x' },
      { a: 1 },
    ],
    [
      'draft-07 with a list of items and definitions',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        definitions: { n: { type: 'number' } },
        properties: { a: { type: 'array', items: [{ $ref: '#/definitions/n' }], additionalItems: false } },
      },
      { a: [1] },
      { a: [1, 2] },
    ],
    [
      'a list of items without $schema',
      { properties: { a: { items: [{ type: 'number' }] } } },
      { a: [1] },
      { a: ['x'] },
    ],
    [
      '2020-12 with prefixItems',
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        properties: { a: { prefixItems: [{ type: 'number' }] } },
      },
      { a: [1] },
      { a: ['x'] },
    ],
    ['dependencies', { dependencies: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    [
      'draft-04 with id and boolean bounds',
      { id: 'http://x/y#', properties: { a: { type: 'number', minimum: 1, exclusiveMinimum: true } } },
      { a: 2 },
      { a: 1 },
    ],
    [
      'a property that is called id',
      { properties: { id: { type: 'string' } }, required: ['id'] },
      { id: 'x' },
      { id: 1 },
    ],
    [
      'draft-03 with required in the property',
      { properties: { a: { type: 'string', required: true } } },
      { a: 'x' },
      {},
    ],
    ['nullable without a type', { properties: { a: { nullable: true, enum: ['x', null] } } }, { a: null }, { a: 'y' }],
    ['$async', { $async: true, required: ['a'] }, { a: 1 }, {}],
    [
      'a pattern that is only right without the flag u',
      { properties: { a: { type: 'string', pattern: '^[\\w-\\.]+$' } } },
      { a: 'a-b.c' },
      { a: '!' },
    ],
    [
      'itself below',
      { properties: { next: { $ref: '#' }, a: { type: 'string' } } },
      { next: { next: { a: 'x' } } },
      { next: { next: { a: 1 } } },
    ],
    [
      'a reference by $anchor',
      { $defs: { n: { $anchor: 'num', type: 'number' } }, properties: { a: { $ref: '#num' } } },
      { a: 1 },
      { a: 'x' },
    ],
  ];
  it.each(strange)('with %s', (_, schema, right, wrong) => {
    const before = structuredClone(schema);
    expect(validator.problem(schema)).toBeNull();
    expect(texts(schema, right)).toEqual([]);
    expect(texts(schema, wrong).length).toBeGreaterThan(0);
    expect(schema).toEqual(before);
  });

  it('when empty', () => {
    expect(texts({}, { anything: [null] })).toEqual([]);
  });
});

describe('schemas that cannot be used', () => {
  const broken: [JsonSchema, RegExp][] = [
    [{ type: 'strng' }, /^are no usable JSON Schema: .*strng/],
    [
      { $ref: 'https://example.org/schema.json' },
      /^refer to https:\/\/example.org\/schema.json: schemas outside of the service are not fetched; put it under \$defs$/,
    ],
    [{ properties: { a: { $ref: '#/definitions/none' } } }, /#\/definitions\/none/],
    [{ properties: { a: { pattern: '(' } } }, /^are no usable JSON Schema: .*regular expression/i],
    [{ description: 'x'.repeat(256 * 1024) }, /^are larger than 256 KiB$/],
    [
      { not: Array.from({ length: 100 }).reduce<JsonSchema>((inner) => ({ not: inner }), {}) },
      /^are nested deeper than 64 levels$/,
    ],
  ];
  it.each(broken)('are explained: %.60j', (schema, text) => {
    expect(validator.problem(schema)).toMatch(text);
    expect(texts(schema, {})).toHaveLength(1);
  });

  it('refer to themselves without end', () => {
    expect(texts({ $ref: '#' }, {})).toEqual([
      expect.stringMatching(/^: (could not be checked|the inputs of the service)/),
    ]);
  });
});

describe('params', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      vlan: { type: 'integer', minimum: 1, maximum: 4094 },
      mode: { enum: ['access', 'trunk'], default: 'access' },
      tags: { type: 'array', items: { type: 'string' } },
      deep: { type: 'object', properties: { on: { default: true } }, default: {} },
    },
    required: ['vlan'],
    additionalProperties: false,
  };

  it('get the defaults in a copy', () => {
    const params = { vlan: 7 };
    expect(validator.validate(schema, params)).toEqual({
      params: { vlan: 7, mode: 'access', deep: { on: true } },
      errors: [],
    });
    expect(params).toEqual({ vlan: 7 });
  });

  it('are told every wrong place', () => {
    expect(texts(schema, { vlan: 5000, mode: 'acces', tags: ['a', 1, null], 'a/b': 1 })).toEqual([
      '/a~1b: unknown key `a/b`; known are vlan, mode, tags, deep',
      '/vlan: must be at most 4094, not 5000',
      '/mode: must be one of access, trunk, not "acces"; did you mean `access`?',
      '/tags/1: must be a text, not a number',
      '/tags/2: must be a text, not empty (null)',
    ]);
    expect(texts(schema, {})).toEqual(['/vlan: is required']);
  });

  it('are not taken for keys of the prototype', () => {
    const params = JSON.parse('{"vlan":1,"__proto__":{"a":1},"constructor":2}') as JsonObject;
    expect(texts(schema, params)).toHaveLength(2);
    expect(({} as JsonObject)['a']).toBeUndefined();
    expect(texts({ required: ['toString'] }, {})).toEqual(['/toString: is required']);
  });

  it('get one error for each place, the plainest', () => {
    const name: JsonSchema = { properties: { a: { type: 'string', minLength: 3, pattern: '^[a-z]+$' } } };
    expect(texts(name, { a: '1' })).toEqual(['/a: must have at least 3 characters']);
  });

  it('get one error for a choice that does not fit', () => {
    const choice: JsonSchema = {
      properties: {
        a: { oneOf: [{ type: 'string' }, { type: 'object', required: ['b'], properties: { b: { type: 'number' } } }] },
      },
    };
    expect(texts(choice, { a: 1 })).toEqual(['/a: must be a text or an object of the right form']);
    expect(texts(choice, { a: { b: 'x' } })).toEqual(['/a/b: must be a number, not a text']);
  });

  it('are checked alike after many other schemas', () => {
    const own = createInputValidator();
    const of = (index: number): JsonSchema => ({ $id: 'root', properties: { a: { const: index } } });
    for (let index = 0; index < 600; index++) expect(own.validate(of(index), { a: index }).errors).toEqual([]);
    expect(own.validate(of(0), { a: 1 }).errors).toHaveLength(1);
  });
});

describe('a schema that would stop the gateway', () => {
  const slow: [string, JsonSchema, JsonObject][] = [
    ['by a pattern', { properties: { a: { pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(50)}!` }],
    ['by a pattern of keys', { patternProperties: { '^(a|aa)+$': true } }, { [`${'a'.repeat(90)}!`]: 1 }],
    ['by a pattern without groups', { properties: { a: { pattern: 'a*a*a*a*b' } } }, { a: 'a'.repeat(5_000) }],
    [
      'by references that double',
      {
        $ref: '#/$defs/d0',
        $defs: Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [
            `d${index}`,
            index === 59
              ? { type: 'object' }
              : { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
          ]),
        ),
      },
      {},
    ],
    [
      'by comparing each with each',
      { properties: { a: { uniqueItems: true } } },
      { a: Array.from({ length: 40_000 }, (_, index) => ({ index })) },
    ],
  ];
  it.each(slow)('is stopped: %s', (_, schema, params) => {
    expect(texts(schema, params)).toEqual([
      ': could not be checked in 500 ms; a pattern or reference of the inputs takes too long',
    ]);
    // What comes after it is checked as ever.
    expect(texts({ required: ['a'] }, {})).toEqual(['/a: is required']);
  });

  it('is told its wrong places though it is watched', () => {
    const schema: JsonSchema = { properties: { a: { pattern: '^(ab)+$' }, b: { default: 1 } } };
    expect(texts(schema, { a: 'x' })).toEqual(['/a: must match the pattern ^(ab)+$']);
    expect(validator.validate(schema, { a: 'abab' })).toEqual({ params: { a: 'abab', b: 1 }, errors: [] });
  });
});

describe('drafts side by side', () => {
  const draft07: JsonSchema = {
    $id: 'root',
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { port: { type: 'integer', maximum: 65_535 } },
    properties: { port: { $ref: '#/definitions/port', default: 22 }, host: { type: 'string', format: 'hostname' } },
    required: ['host'],
    additionalProperties: false,
  };
  const draft2020: JsonSchema = {
    $id: 'root',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { secret: { type: 'string', format: 'password', minLength: 3 } },
    properties: { password: { $ref: '#/$defs/secret' }, site: { type: 'string', format: 'site-code' } },
    unevaluatedProperties: false,
  };
  const nowhere: JsonSchema = {
    $id: 'root',
    $schema: 'https://nowhere.example/schema',
    properties: { n: { minimum: 1 } },
  };

  it('are checked each by itself, with the same $id', () => {
    const right: [JsonSchema, JsonObject][] = [
      [draft07, { host: 'a.b' }],
      [draft2020, { password: 'abc', site: 'AMS' }],
      [nowhere, { n: 1 }],
    ];
    for (const [schema, params] of right) expect(texts(schema, params)).toEqual([]);
    expect(texts(draft07, { host: '-', port: 70_000, extra: 1 })).toEqual([
      '/extra: unknown key `extra`; known are port, host',
      '/port: must be at most 65535, not 70000',
      '/host: must be in the format hostname',
    ]);
    expect(texts(draft2020, { password: 'ab', extra: 1 })).toEqual([
      '/password: must have at least 3 characters',
      '/extra: unknown key `extra`; known are password, site',
    ]);
    expect(texts(nowhere, { n: 0 })).toEqual(['/n: must be at least 1, not 0']);
  });
});
