import { describe, expect, it } from '@jest/globals';
import { createAddressPolicy } from './address-policy.ts';

describe('createAddressPolicy', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::7f00:1',
    '::2',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '::ffff:0:127.0.0.1',
    '::ffff:0:a9fe:a9fe',
    '::ffff:0:0.0.0.0',
    '2002:7f00:1::1',
    '2002:a9fe:a9fe::',
    '2001:0:1234::1',
    'localhost',
    '',
  ])('refuses %s', (address) => {
    expect(createAddressPolicy().allows(address)).toBe(false);
  });

  it.each([
    '10.0.0.1',
    '172.16.5.4',
    '192.168.1.1',
    '100.64.0.1',
    '8.8.8.8',
    '192.0.2.1',
    '198.18.0.1',
    'fd00::1',
    '2001:db8::1',
    '2606:4700::1111',
    '64:ff9b::a00:1',
    '::ffff:0:10.0.0.1',
    '2002:a00:1::1',
  ])('allows %s', (address) => {
    expect(createAddressPolicy().allows(address)).toBe(true);
  });

  it('lets what is allowed win over the default, in every spelling of the address', () => {
    const policy = createAddressPolicy({ allowCidrs: ['127.0.0.0/8', '::1'] });
    expect(['127.0.0.1', '::ffff:127.0.0.1', '::1'].map((address) => policy.allows(address))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['169.254.1.1', '::2'].map((address) => policy.allows(address))).toEqual([false, false]);
  });

  it('lets what is denied win, in every spelling of the address', () => {
    const policy = createAddressPolicy({ allowCidrs: ['10.0.0.0/8', '127.0.0.1'], denyCidrs: ['10.1.0.0/16', '::/0'] });
    const allowed = (address: string): boolean => policy.allows(address);
    expect(['10.0.0.1', '127.0.0.1', '8.8.8.8'].map(allowed)).toEqual([true, true, true]);
    const spellings = ['10.1.0.1', '::ffff:10.1.0.1', '::ffff:0:10.1.0.1', '64:ff9b::a01:1', 'fd00::1'];
    expect(spellings.filter(allowed)).toEqual([]);
  });

  it('refuses the addresses of the own machine as they are at that time, unless they are allowed', () => {
    const own = ['192.0.2.7'];
    const policy = createAddressPolicy({ ownAddresses: () => own });
    const refused = (address: string): boolean => !policy.allows(address);
    expect(['192.0.2.7', '::ffff:192.0.2.7', '192.0.2.8', '2001:db8::7'].map(refused)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    own.push('2001:db8:0:0::7', 'fe80::1%eth0', 'no address');
    expect(refused('2001:db8::7')).toBe(true);
    const allowing = createAddressPolicy({ ownAddresses: () => own, allowCidrs: ['192.0.2.7'] });
    expect(['192.0.2.7', '2001:db8::7'].map((address) => allowing.allows(address))).toEqual([true, false]);
  });

  it('refuses to be made of what is no network', () => {
    expect(() => createAddressPolicy({ denyCidrs: ['10.0.0.0/33'] })).toThrow('not a network: 10.0.0.0/33');
  });
});
