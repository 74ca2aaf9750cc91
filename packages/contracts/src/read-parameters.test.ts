import { describe, expect, it } from '@jest/globals';
import type { Endpoint, EndpointParameter, JsonValue } from '@runyard/domain';
import { readParameters } from './read-parameters.ts';

const endpoint = (...parameters: EndpointParameter[]): Endpoint => ({ name: 'refresh', methods: ['GET'], parameters });

const read = (type: EndpointParameter['type'], value: JsonValue) =>
  readParameters(endpoint({ name: 'p', type }), { p: value });

describe('a parameter of an endpoint', () => {
  it.each<[EndpointParameter['type'], JsonValue, JsonValue]>([
    ['integer', '7', 7],
    ['integer', '-7', -7],
    ['integer', 7, 7],
    ['number', '0.5', 0.5],
    ['number', '1e3', 1_000],
    ['number', 0.5, 0.5],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['boolean', true, true],
    ['string', '7', '7'],
    ['string', '', ''],
  ])('of the type %s takes %j as %j', (type, value, expected) => {
    expect(read(type, value)).toEqual({ params: { p: expected }, errors: [] });
  });

  it.each<[EndpointParameter['type'], JsonValue, string]>([
    ['integer', 'x', 'a whole number'],
    ['integer', '', 'a whole number'],
    ['integer', '7.5', 'a whole number'],
    ['integer', 7.5, 'a whole number'],
    ['integer', '9007199254740993', 'a whole number'],
    ['integer', ' 7', 'a whole number'],
    ['integer', '0x7', 'a whole number'],
    ['integer', true, 'a whole number'],
    ['integer', null, 'a whole number'],
    ['number', '1e999', 'a number'],
    ['number', 'Infinity', 'a number'],
    ['number', [1], 'a number'],
    ['boolean', '1', 'true or false'],
    ['boolean', 1, 'true or false'],
    ['string', 7, 'a text'],
    ['string', {}, 'a text'],
  ])('of the type %s refuses %j, by its name', (type, value, expected) => {
    expect(read(type, value).errors).toEqual([{ path: '/p', message: expect.stringContaining(expected) }]);
  });

  it('that is left out has its default, or is missing when it is required', () => {
    const parameters = endpoint(
      { name: 'a', type: 'integer', default: 3 },
      { name: 'b', type: 'string', required: true },
      { name: 'c', type: 'boolean' },
    );
    expect(readParameters(parameters, { b: 'x' })).toEqual({ params: { a: 3, b: 'x' }, errors: [] });
    expect(readParameters(parameters, {}).errors).toEqual([{ path: '/b', message: 'is required' }]);
  });

  it('has one of the values that are listed, after it was read', () => {
    const levels = endpoint({ name: 'level', type: 'integer', enum: [1, 2] });
    expect(readParameters(levels, { level: '2' }).params).toEqual({ level: 2 });
    expect(readParameters(levels, { level: '3' }).errors).toEqual([{ path: '/level', message: 'must be one of 1, 2' }]);
  });

  it('that was not declared is refused, with what may have been meant', () => {
    const { errors } = readParameters(endpoint({ name: 'tenant', type: 'string' }), { tenannt: 'a', ['__proto__']: 1 });
    expect(errors).toEqual([
      { path: '/tenannt', message: expect.stringContaining('did you mean tenant') },
      { path: '/__proto__', message: expect.stringContaining("no parameter of the endpoint 'refresh'") },
    ]);
    expect(readParameters(endpoint(), { constructor: 'x' }).errors).toHaveLength(1);
  });

  it('named as something that every object has is one like any other', () => {
    const odd = endpoint({ name: 'constructor', type: 'string' }, { name: 'toString', type: 'string', required: true });
    expect(readParameters(odd, {}).errors).toEqual([{ path: '/toString', message: 'is required' }]);
    expect(readParameters(odd, { constructor: 'c', toString: 't' } as never).params).toEqual({
      constructor: 'c',
      toString: 't',
    });
  });

  it('is one of a hundred wrong ones at most that are told', () => {
    const given = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, 'x']));
    const { errors } = readParameters(endpoint(), given);
    expect([errors.length, errors.at(-1)?.message]).toEqual([101, 'and 200 more']);
  });
});
