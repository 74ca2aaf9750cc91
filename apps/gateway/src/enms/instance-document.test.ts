import { describe, expect, it } from '@jest/globals';
import { deviceDocument, poolDocument } from './instance-document.ts';

describe('a device of eNMS', () => {
  const current = { name: 'r1', address: '10.0.0.1', cluster: 'ams', attributes: { site: 'north', role: 'core' } };

  it('has its attributes beside its properties', () => {
    expect(
      deviceDocument({ name: 'r1', ip_address: '10.0.0.1', vendor: 'Cisco', attributes: { site: 'n' } }, undefined),
    ).toEqual({
      name: 'r1',
      address: '10.0.0.1',
      attributes: { vendor: 'Cisco', site: 'n' },
    });
  });

  it('keeps what is not given, and loses an attribute that is null', () => {
    expect(deviceDocument({ name: 'r1', port: 23, site: null }, current)).toEqual({
      ...current,
      port: 23,
      attributes: { role: 'core' },
    });
  });
});

describe('a pool of eNMS', () => {
  it.each([
    [{ device_role: 'core' }, [{ attribute: 'role', contains: 'core' }]],
    [{ device_role: 'core', device_role_match: 'equality' }, [{ attribute: 'role', equals: 'core' }]],
    [{ device_name: '^r', device_name_match: 'regex' }, [{ property: 'name', matches: '^r' }]],
    [
      { device_ip_address: '10.', device_ip_address_invert: true },
      [{ property: 'address', contains: '10.', not: true }],
    ],
    [{ device_role: '', device_role_match: 'empty' }, [{ attribute: 'role', empty: true }]],
  ])('%j becomes a rule', (object, all) => {
    expect(poolDocument({ name: 'p', ...object }, undefined)).toEqual({ name: 'p', rule: { all } });
  });

  it('without filters keeps its devices and its rule', () => {
    const current = { name: 'p', devices: ['r1'], rule: { all: [{ property: 'name', equals: 'r2' }] } };
    expect(poolDocument({ name: 'p', device_role: '', description: 'x' }, current)).toEqual({
      ...current,
      description: 'x',
    });
  });
});
