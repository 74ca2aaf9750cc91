import { describe, expect, it } from '@jest/globals';
import { createAddressPolicy } from './address-policy.ts';
import { urlProblem } from './url-problem.ts';

const policy = createAddressPolicy();

describe('urlProblem', () => {
  it.each(['https://receiver.example/hook?a=b', 'http://10.0.0.1:8080/', 'https://[2001:db8::1]/x'])(
    'says nothing against %s',
    (url) => expect(urlProblem(url, policy)).toBeNull(),
  );

  it.each([
    ['no address', 'must be an address'],
    ['ftp://receiver.example', 'must begin with http'],
    ['https://user:pass@receiver.example', 'must not hold a user'],
    ['http://127.0.0.1/', 'must not lead to 127.0.0.1'],
    ['http://0x7f.1/', 'must not lead to 127.0.0.1'],
    ['http://2130706433/', 'must not lead to 127.0.0.1'],
    ['http://[::ffff:127.0.0.1]/', 'must not lead to ::ffff:7f00:1'],
    ['http://169.254.169.254/latest', 'must not lead to 169.254.169.254'],
    ['http://localhost:6379/', 'must not lead to localhost'],
    ['http://LOCALHOST./', 'must not lead to localhost'],
    ['http://a.localhost/', 'must not lead to a.localhost'],
  ])('refuses %s', (url, text) => {
    expect(urlProblem(url, policy)).toContain(text);
  });

  it('lets the rules of the installation win', () => {
    expect(urlProblem('http://localhost:8080/', createAddressPolicy({ allowCidrs: ['127.0.0.0/8'] }))).toBeNull();
    expect(urlProblem('http://10.0.0.1/', createAddressPolicy({ denyCidrs: ['10.0.0.0/8'] }))).not.toBeNull();
  });
});
