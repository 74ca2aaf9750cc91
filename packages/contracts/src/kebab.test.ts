import { describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonValue } from '@runyard/domain';
import type { Schema, SchemaObject } from './json-schema.ts';
import { fromKebab, fromKebabKey, kebabSchema, toKebab, toKebabKey } from './kebab.ts';
import { FILE_SCHEMAS, SCHEMAS, schemaNamed } from './schemas.ts';
import { createValidator } from './validator.ts';

const api = (name: string) => schemaNamed(name);

/** A small generator of numbers in [0, 1) that gives the same ones each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const USER_DATA: JsonValue = { camelKey: 1, 'kebab-key': [{ runMethod: 2, 'run-method': 3 }], hostKey: null };

/** Some value of the shape that the schema declares; it need not be valid. */
function sample(schema: Schema | undefined, random: () => number, depth = 0): JsonValue {
  if (schema === undefined || typeof schema === 'boolean' || depth > 6) return structuredClone(USER_DATA);
  if (schema.$ref) return sample(api(schema.$ref), random, depth + 1);
  if (schema.const !== undefined) return schema.const as JsonValue;
  if (schema.oneOf?.some((branch) => typeof branch === 'object' && branch.$ref)) {
    return sample(schema.oneOf[Math.floor(random() * schema.oneOf.length)], random, depth + 1);
  }
  const type = Array.isArray(schema.type) ? (schema.type as string[]).at(-1) : schema.type;
  if (type === 'array') return [sample(schema.items, random, depth + 1), sample(schema.items, random, depth + 1)];
  if (type === 'object') return sampleObject(schema, random, depth);
  return type === undefined ? structuredClone(USER_DATA) : `text ${Math.floor(random() * 10)}`;
}

function sampleObject(schema: SchemaObject, random: () => number, depth: number): JsonValue {
  if (!schema.properties && !schema.if) return structuredClone(USER_DATA);
  const parts = typeof schema.then === 'object' && schema.then.$ref ? api(schema.then.$ref) : schema;
  const kept = Object.entries(parts?.properties ?? {}).filter(
    ([, part]) => typeof part === 'object' && (part.const !== undefined || random() < 0.8),
  );
  return Object.fromEntries(kept.map(([key, part]) => [key, sample(part, random, depth + 1)]));
}

function declaredKeys(schema: Schema): string[] {
  if (typeof schema === 'boolean') return [];
  const parts = [schema.items, ...Object.values(schema.properties ?? {}), ...(schema.allOf ?? [])];
  return [
    ...Object.keys(schema.properties ?? {}),
    ...parts.flatMap((part) => (part === undefined ? [] : declaredKeys(part))),
  ];
}

describe('kebab-case and camelCase', () => {
  it.each(Object.keys(SCHEMAS).filter((name) => !name.startsWith('Enms')))(
    'lose nothing of %s on the way there and back',
    (name) => {
      const schema = api(name);
      if (!schema) throw new Error('no schema');
      const random = randomFrom(7);
      for (let round = 0; round < 50; round++) {
        const value = sample(schema, random);
        const kebab = toKebab(schema, value, api);
        expect(fromKebab(schema, kebab, api)).toEqual(value);
        expect(kebab).toEqual(toKebab(schema, structuredClone(value), api));
      }
    },
  );

  it('have one name for each other for every declared key', () => {
    for (const [name, schema] of Object.entries(SCHEMAS)) {
      if (name.startsWith('Enms')) continue;
      for (const key of declaredKeys(schema)) expect(fromKebabKey(toKebabKey(key))).toBe(key);
    }
  });

  it('agree on what is valid', () => {
    const validator = createValidator();
    const service: JsonObject = {
      name: 's',
      type: 'ssh-command',
      commands: ['a'],
      runMethod: 'per-device',
      connectTimeout: '1s',
      forEach: { value: [1] },
    };
    expect(validator.check('Service', service)).toEqual([]);
    const schema = { $ref: 'Service' };
    expect(toKebab(schema, service, api)).toEqual({
      name: 's',
      type: 'ssh-command',
      commands: ['a'],
      'run-method': 'per-device',
      'connect-timeout': '1s',
      'for-each': { value: [1] },
    });
    expect(validator.check('Service', toKebab(schema, service, api), 'file')).toEqual([]);
  });

  it('leave attributes, inputs, headers, environment and templates alone', () => {
    const data = { 'a-b': { runMethod: 1, 'run-method': { hostKey: 2 } }, camelCase: [{ 'x-y': 1 }] };
    const device = { name: 'd', attributes: data, ssh: { 'host-key': 'off' } };
    expect(fromKebab({ $ref: 'Device' }, device, api)).toEqual({
      name: 'd',
      attributes: data,
      ssh: { hostKey: 'off' },
    });
    const service = {
      type: 'http-request',
      inputs: data,
      headers: { 'Content-Type': 'x', 'run-method': 'y' },
      json: data,
      'request-timeout': '1s',
    };
    expect(fromKebab({ $ref: 'Service' }, service, api)).toEqual({
      type: 'http-request',
      inputs: data,
      headers: { 'Content-Type': 'x', 'run-method': 'y' },
      json: data,
      requestTimeout: '1s',
    });
    const program = { type: 'executable', env: { 'run-method': 'x' }, 'arg-format': '{{.Key}}' };
    expect(fromKebab({ $ref: 'Service' }, program, api)).toEqual({
      type: 'executable',
      env: { 'run-method': 'x' },
      argFormat: '{{.Key}}',
    });
  });

  it('leave keys of other types of services alone', () => {
    expect(fromKebab({ $ref: 'Service' }, { type: 'no-op', 'connect-timeout': 1 }, api)).toEqual({
      type: 'no-op',
      'connect-timeout': 1,
    });
  });

  it('do not take a camelCase key in a file for the declared one', () => {
    expect(fromKebab({ properties: { runMethod: {} } }, { runMethod: 1 }, api)).toEqual({ runMethod: 1 });
    const schema: SchemaObject = { properties: { aB: { properties: { cD: {} } } } };
    expect(fromKebab(schema, { aB: { 'c-d': 1 } }, api)).toEqual({ aB: { 'c-d': 1 } });
    expect(FILE_SCHEMAS['NoOpService']?.properties).not.toHaveProperty('runMethod');
  });

  it('follow items, maps, and branches by discriminator', () => {
    const schema: SchemaObject = {
      type: 'object',
      properties: { someList: { items: { properties: { innerKey: {} } } } },
      additionalProperties: { properties: { mapKey: {} } },
      allOf: [{ properties: { alsoKey: {} } }],
    };
    const value = { someList: [{ innerKey: 1, otherKey: 2 }], userName: { mapKey: 1, otherKey: 1 }, alsoKey: 1 };
    expect(toKebab(schema, value, api)).toEqual({
      'some-list': [{ 'inner-key': 1, otherKey: 2 }],
      userName: { 'map-key': 1, otherKey: 1 },
      'also-key': 1,
    });
    expect(kebabSchema({ required: ['aB'], dependentRequired: { aB: ['cD'] }, if: { required: ['aB'] } })).toEqual({
      required: ['a-b'],
      dependentRequired: { 'a-b': ['c-d'] },
      if: { required: ['a-b'] },
    });
  });
});
