import { describe, expect, it } from '@jest/globals';
import { rememberSecret } from './index.ts';
import { SecretValues, knownSecrets } from './secret-values.ts';

function remembering(values: readonly string[], sizeMax?: number): SecretValues {
  const secrets = new SecretValues(sizeMax);
  for (const value of values) secrets.remember(value);
  return secrets;
}

describe('secret values', () => {
  it('are masked wherever they stand, as often as they stand there', () => {
    const secrets = remembering(['hunter22', 'geheim!']);
    expect(secrets.mask('hunter22 a hunter22geheim! b geheim!')).toBe('*** a ****** b ***');
    expect(secrets.mask('hunter2')).toBe('hunter2');
    expect(secrets.isIn('xhunter22')).toBe(true);
    expect(secrets.isIn('hunter-22')).toBe(false);
  });

  it('are hidden to the end when one begins like another', () => {
    const secrets = remembering(['secret', 'secret-and-more']);
    expect(secrets.mask('secret-and-more, secret')).toBe('***, ***');
  });

  it('are also found as they stand in JSON and in addresses', () => {
    const secrets = remembering(['pä ss"word']);
    expect(secrets.mask(JSON.stringify({ a: 'pä ss"word' }))).toBe('{"a":"***"}');
    expect(secrets.mask(`http://me:${encodeURIComponent('pä ss"word')}@host`)).toBe('http://me:***@host');
  });

  it('are not taken when they are too short or too long', () => {
    const secrets = remembering(['abcde', 'x'.repeat(16_385), '']);
    expect(secrets.isIn(`abcde ${'x'.repeat(16_385)}`)).toBe(false);
    expect(remembering(['abcdef']).isIn('abcdef')).toBe(true);
  });

  it('give way oldest first, by when they were last remembered', () => {
    const secrets = remembering(['first-secret', 'second-secret'], 2);
    secrets.remember('first-secret');
    secrets.remember('third-secret');
    expect(secrets.mask('first-secret second-secret third-secret')).toBe('*** second-secret ***');
  });

  it('may be any text', () => {
    expect(remembering(['\ud800abcdef']).mask('x\ud800abcdef')).toBe('x***');
  });

  it('are found among a thousand others', () => {
    const secrets = remembering(Array.from({ length: 1_000 }, (_, index) => `${index * 7_919}-secret-${index}`));
    expect(secrets.isIn('device started run=66f0a1b2c3d4e5f600112233 device=router-17.example.net')).toBe(false);
    expect(secrets.mask('login with 3959500-secret-500 refused')).toBe('login with *** refused');
  });

  it('of the process are remembered by everybody', () => {
    rememberSecret('known-to-the-process');
    expect(knownSecrets().isIn('a known-to-the-process')).toBe(true);
  });
});
