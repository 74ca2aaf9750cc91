import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@runyard/testkit';
import { MemoryLoginLimiter } from './memory-login-limiter.ts';
import { networkOf } from './network-address.ts';

function setup(sizeMax = 10) {
  const clock = new TestClock();
  const allowance = { burst: 2, refillMs: 1_500 };
  return {
    clock,
    limiter: new MemoryLoginLimiter({ clock, account: allowance, address: { burst: 4, refillMs: 500 }, sizeMax }),
  };
}

describe('MemoryLoginLimiter', () => {
  it('answers the whole seconds until the next try', async () => {
    const { clock, limiter } = setup();
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(2);
    clock.advance(1_499);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(1);
    clock.advance(1);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(0);
  });

  it('does not charge an address for tries that the account refused', async () => {
    const { limiter } = setup();
    for (let round = 0; round < 20; round += 1) await limiter.reserve('ann', '192.0.2.1');
    expect(await limiter.reserve('bob', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('bob', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('carl', '192.0.2.1')).toBe(1);
    expect(await limiter.reserve('carl', '192.0.2.2')).toBe(0);
  });

  it('gives tries back, and never more than there were', async () => {
    const { limiter } = setup();
    await limiter.reserve('ann', '192.0.2.1');
    for (let round = 0; round < 5; round += 1) await limiter.release('ann', '192.0.2.1');
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(0);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(2);
  });

  it('gives nothing when the clock is set back', async () => {
    const { clock, limiter } = setup();
    await limiter.reserve('ann', '192.0.2.1');
    await limiter.reserve('ann', '192.0.2.1');
    clock.advance(-86_400_000);
    expect(await limiter.reserve('ann', '192.0.2.1')).toBe(2);
  });

  it('keeps no more accounts than it may', async () => {
    const { limiter } = setup(10);
    await limiter.reserve('ann', '192.0.2.1');
    await limiter.reserve('ann', '192.0.2.1');
    for (let number = 0; number < 10; number += 1) await limiter.reserve(`user${number}`, `198.51.100.${number}`);
    expect(await limiter.reserve('ann', '192.0.2.9')).toBe(0);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['192.0.2.1:54321', '192.0.2.1'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
    ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['', ''],
    ['x'.repeat(1_000), 'x'.repeat(64)],
  ])('takes %s for %s', (address, network) => expect(networkOf(address)).toBe(network));
});
