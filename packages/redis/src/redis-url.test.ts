import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from './redis-url.ts';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://db.example', { kind: 'standalone', tls: false, nodes: [{ host: 'db.example', port: 6379 }], db: 0 }],
    ['redis://10.0.0.1:7000/3', { nodes: [{ host: '10.0.0.1', port: 7000 }], db: 3 }],
    ['rediss://[::1]:7000', { tls: true, nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://joe:p%40s:s@h', { username: 'joe', password: 'p@s:s', nodes: [{ host: 'h', port: 6379 }] }],
    ['redis://:secret@h', { password: 'secret' }],
    [
      'redis+sentinel://u:p@a,b:26380/ours',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
        ],
        name: 'ours',
        username: 'u',
      },
    ],
    [
      'rediss+cluster://a:1,[fd00::2]:2',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'fd00::2', port: 2 },
        ],
      },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it('gives no user to an address that has only a password', () => {
    expect(parseRedisUrl('redis://:secret@h')).not.toHaveProperty('username');
  });
});
