import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { plantRequestSecrets } from './request-secrets.ts';
import { createSecretWatch } from './secret-watch.ts';

const SECRET = 'pl\u00e4nted "Sekret" 7f3a91';
const base62 = (length: number): string => 'Az09'.repeat(length).slice(0, length);

/** What the check says of a place with this content; empty when it says nothing. */
function said(content: string | Buffer, secret: string | Uint8Array = SECRET): string {
  const watch = createSecretWatch();
  watch.plant('the secret', secret);
  watch.look('a place', content);
  try {
    watch.assertNothingFound();
    return '';
  } catch (error) {
    return String(error);
  }
}
const found = (...given: Parameters<typeof said>): boolean => said(...given).includes('the secret in a place');

describe('looking for secrets', () => {
  it.each([
    ['as it is', `x${SECRET}y`],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in an address', `http://h/?a=${encodeURIComponent(SECRET)}&b`],
    ['in hex', Buffer.from(`${SECRET}`).toString('hex')],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in the middle of base64', Buffer.from(`admin:${SECRET}:more`).toString('base64')],
    ['one byte further', Buffer.from(`admin1:${SECRET}:more`).toString('base64')],
    ['two bytes further', Buffer.from(`admin12:${SECRET}`).toString('base64url')],
    ['between bytes that are no text', Buffer.concat([randomBytes(100), Buffer.from(SECRET), randomBytes(100)])],
  ])('finds one %s', (_, content) => expect(found(content)).toBe(true));

  it('finds keys that are no text', () => {
    const key = randomBytes(32);
    const places = [key, key.toString('base64'), key.toString('base64url'), key.toString('hex')];
    expect(places.map((place) => found(place, key))).toEqual([true, true, true, true]);
  });

  it('does not repeat what it found', () => {
    expect(said(`x${SECRET}`)).not.toContain(SECRET);
  });

  it('finds nothing where nothing is, and leaves ordinary words alone', () => {
    expect(found(`${SECRET.slice(1)} ${SECRET.slice(0, -1)}`)).toBe(false);
    expect(found('admin', 'admin')).toBe(false);
  });

  it.each([`ry_${base62(40)}`, `rt_0123456789abcdef_${base62(43)}`, `v1.eyJ${base62(60)}.${base62(43)}`])(
    'knows %s by its form, planted or not',
    (token) => {
      const watch = createSecretWatch();
      watch.look('an answer', `{"token":"${token}"}`, { byForm: false });
      watch.assertNothingFound();
      watch.look('a log', `got ${token}.`);
      expect(() => watch.assertNothingFound()).toThrow('in a log');
    },
  );

  it('learns the secrets that requests give, and no others', () => {
    const watch = createSecretWatch();
    const give = (path: string, body: object): void => plantRequestSecrets(watch, path, JSON.stringify(body));
    const secret = (number: number): string => `secret-number-${number}`;
    give('/v1/catalog/apply', {
      catalog: {
        secrets: [{ name: 'a', value: secret(1) }],
        credentials: [
          { name: 'b', username: 'the-user-name', password: secret(2), token: { secret: 'name-of-secret' } },
        ],
        services: [{ name: 'c', forEach: { value: 'no secret at all' }, headers: { 'x-a': 'no secret at all' } }],
      },
    });
    give('/v1/secrets/a', { name: 'a', value: secret(3) });
    give('/v1/users', { name: 'ada', password: secret(4) });
    give('/v1/runs', { params: { password: 'a param is no secret' } });
    watch.look('a log', 'the-user-name name-of-secret no secret at all a param is no secret');
    watch.assertNothingFound();
    for (const number of [1, 2, 3, 4]) watch.look(`place ${number}`, secret(number));
    expect(() => watch.assertNothingFound()).toThrow(/place 1\n.*place 2\n.*place 3\n.*place 4$/);
  });
});
