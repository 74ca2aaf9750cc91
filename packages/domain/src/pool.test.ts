import { describe, expect, it } from '@jest/globals';
import type { Device } from './device.ts';
import { compilePoolRule, type PoolCondition, type PoolRule } from './pool.ts';

const device: Device = {
  name: 'r1',
  address: '10.0.0.1',
  cluster: 'ams',
  platform: 'cisco-ios',
  attributes: { role: 'core', vlan: 10, tags: ['edge', 'lab'], note: '', nothing: null },
};

function holds(part: PoolCondition | PoolRule): boolean {
  return compilePoolRule({ all: [part] })(device);
}

describe('a pool rule', () => {
  it.each<[string, PoolCondition, boolean]>([
    ['equality of a property', { property: 'platform', equals: 'cisco-ios' }, true],
    ['equality of another value', { property: 'platform', equals: 'cisco' }, false],
    ['equality of a number with its text', { attribute: 'vlan', equals: '10' }, true],
    ['equality of a missing attribute', { attribute: 'site', equals: '' }, false],
    ['inclusion in a text', { property: 'platform', contains: 'ios' }, true],
    ['inclusion in a list', { attribute: 'tags', contains: 'lab' }, true],
    ['part of a list member', { attribute: 'tags', contains: 'la' }, false],
    ['a regular expression', { property: 'name', matches: '^r[0-9]+$' }, true],
    ['a regular expression on a missing attribute', { attribute: 'site', matches: '' }, false],
    ['emptiness of a missing attribute', { attribute: 'site', empty: true }, true],
    ['emptiness of null', { attribute: 'nothing', empty: true }, true],
    ['emptiness of an empty text', { attribute: 'note', empty: true }, true],
    ['non-emptiness', { attribute: 'role', empty: false }, true],
    ['an inverted test', { attribute: 'role', equals: 'core', not: true }, false],
    ['a property of the prototype', { attribute: 'constructor', empty: true }, true],
  ])('tests %s', (_, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it('ANDs what is in all and ORs what is in any', () => {
    const yes = { property: 'name', equals: 'r1' };
    const no = { property: 'name', equals: 'r2' };
    expect(compilePoolRule({ all: [yes, no] })(device)).toBe(false);
    expect(compilePoolRule({ any: [yes, no] })(device)).toBe(true);
    expect(compilePoolRule({ all: [yes], any: [no] })(device)).toBe(false);
  });

  it('nests rules and inverts them as a whole', () => {
    const core: PoolRule = {
      any: [
        { attribute: 'role', equals: 'core' },
        { attribute: 'role', equals: 'edge' },
      ],
    };
    expect(holds(core)).toBe(true);
    expect(holds({ ...core, not: true })).toBe(false);
  });
});
