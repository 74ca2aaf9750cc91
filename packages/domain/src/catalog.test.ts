import { describe, expect, it } from '@jest/globals';
import { chooseCredential, type CredentialItem } from './catalog.ts';
import type { Pool } from './pool.ts';

const device = { name: 'r1', address: '10.0.0.1', cluster: 'ams', attributes: { role: 'core' } };
const pools = new Map<string, Pool>([
  ['listed', { name: 'listed', devices: ['r1'] }],
  ['core', { name: 'core', rule: { all: [{ attribute: 'role', equals: 'core' }] } }],
  ['edge', { name: 'edge', rule: { all: [{ attribute: 'role', equals: 'edge' }] } }],
]);
const credentials: CredentialItem[] = [
  { name: 'low', pools: ['listed'], priority: 1 },
  { name: 'high', pools: ['core'], priority: 10 },
  { name: 'other', pools: ['edge'], priority: 99 },
  { name: 'loose' },
];

function choose(own: object, service: object): string | undefined {
  return chooseCredential({ ...device, ...own }, service, credentials, (name) => pools.get(name))?.name;
}

describe('choosing a credential', () => {
  it("takes the device's own before the service's", () => {
    expect(choose({ credential: 'loose' }, { credential: 'low' })).toBe('loose');
    expect(choose({}, { credential: 'low' })).toBe('low');
  });

  it('takes the one with the highest priority among the pools of the device', () => {
    expect(choose({}, {})).toBe('high');
  });

  it('takes none when a named one is not there', () => {
    expect(choose({ credential: 'gone' }, {})).toBeUndefined();
  });
});
