import { describe, expect, it } from '@jest/globals';
import { isSecretKey } from './secret-keys.ts';

describe('isSecretKey', () => {
  it.each([
    'password',
    'enablePassword',
    'enable-password',
    'ADMIN_PASSWORD',
    'passwordHash',
    'token',
    'accessToken',
    'Authorization',
    'proxy-authorization',
    'set-cookie',
    'privateKey',
    'ssh_private_key',
    'passphrase',
    'clientSecret',
    'secrets',
    'x-api-key',
    'secretKey',
    'pass',
    'sealed',
    'constructorPassword',
  ])('hides %s', (key) => expect(isSecretKey(key)).toBe(true));

  it.each([
    'device',
    'credentialId',
    'secretName',
    'passed',
    'fencingToken',
    'tokenCount',
    'key',
    'author',
    'constructor',
  ])('shows %s', (key) => expect(isSecretKey(key)).toBe(false));

  it('answers the same the second time, also for very long and very many names', () => {
    expect(isSecretKey(`${'x'.repeat(1_000_000)}Password`)).toBe(true);
    for (let index = 0; index < 3_000; index += 1) isSecretKey(`k${index}`);
    expect(isSecretKey('freshPassword')).toBe(true);
    expect(isSecretKey('freshPassword')).toBe(true);
  });
});
