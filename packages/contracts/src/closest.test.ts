import { describe, expect, it } from '@jest/globals';
import { closest } from './closest.ts';

describe('closest', () => {
  it.each([
    ['hostnme', ['address', 'hostname'], 'hostname'],
    ['evn', ['file', 'env'], 'env'],
    ['runMethod', ['run-timeout', 'run-method'], 'run-method'],
    ['ip_addresses', ['ipAddresses'], 'ipAddresses'],
    ['vendor', ['address', 'port'], undefined],
    ['x', [], undefined],
    ['y'.repeat(1_000_000), ['yes'], undefined],
  ])('finds for %.20p among %p: %p', (word, candidates, meant) => {
    expect(closest(word, candidates)).toBe(meant);
  });
});
