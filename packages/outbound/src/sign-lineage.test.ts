import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLineageSigner } from './sign-lineage.ts';

const DAY_MS = 24 * 60 * 60_000;
const lineage = { runId: '0123456789abcdef01234567', stepId: 'post-to-gateway' };
const secretKey = randomBytes(32);
let nowMs = 1_763_700_000_000;
const clock = { nowMs: () => nowMs };
const signer = createLineageSigner({ secretKey, clock });

describe('createLineageSigner', () => {
  it('reads what it signed, also of a service that is no workflow', () => {
    expect(signer.read(signer.sign(lineage))).toEqual(lineage);
    expect(signer.read(signer.sign({ ...lineage, stepId: '' }))).toEqual({ ...lineage, stepId: '' });
  });

  it('keeps to its form, which others can check with the key', () => {
    const [version, payload = '', signature] = signer.sign(lineage).split('.');
    expect(version).toBe('v1');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      run: lineage.runId,
      step: lineage.stepId,
      exp: (nowMs + DAY_MS) / 1_000,
    });
    const key = createHmac('sha256', secretKey).update('runyard lineage').digest();
    expect(signature).toBe(createHmac('sha256', key).update(`v1.${payload}`).digest('base64url'));
  });

  it('reads nothing any more after 24 hours', () => {
    const signed = signer.sign(lineage);
    nowMs += DAY_MS - 1_000;
    expect(signer.read(signed)).toEqual(lineage);
    nowMs += 1_000;
    expect(signer.read(signed)).toBeNull();
  });

  it('takes what an old key signed, and nothing of a key that it does not have', () => {
    const rotated = createLineageSigner({ secretKey: randomBytes(32), oldSecretKeys: [secretKey], clock });
    expect(rotated.read(signer.sign(lineage))).toEqual(lineage);
    expect(signer.read(rotated.sign(lineage))).toBeNull();
  });

  it('reads nothing that was changed, cut, or never signed', () => {
    const signed = signer.sign(lineage);
    const [, payload = '', signature = ''] = signed.split('.');
    const facts = { run: 'f'.repeat(24), step: '', exp: 9_999_999_999 };
    const forged = Buffer.from(JSON.stringify(facts)).toString('base64url');
    const bad = [
      '',
      'v1',
      'v1..',
      payload,
      `v1.${payload}`,
      `v1.${payload}.`,
      `v2.${payload}.${signature}`,
      `v1.${forged}.${signature}`,
      `v1.${payload}.${signature.slice(1)}`,
      `v1.${payload}.${'A'.repeat(43)}`,
      `v1.${payload.slice(0, -1)}.${signature}`,
      `${signed}.more`,
      ` ${signed}`,
      `${signed}, ${signed}`,
      'x'.repeat(100_000),
    ];
    for (const text of bad) expect({ text, read: signer.read(text) }).toEqual({ text, read: null });
  });

  it('reads nothing of what was signed for another purpose', () => {
    const payload = Buffer.from('{}').toString('base64url');
    const signature = createHmac('sha256', secretKey).update(`v1.${payload}`).digest('base64url');
    expect(signer.read(`v1.${payload}.${signature}`)).toBeNull();
  });
});
