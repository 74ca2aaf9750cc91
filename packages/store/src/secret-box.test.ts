import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSecretBox } from './secret-box.ts';

const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;

/** The same sealed text with its bytes changed. */
function changed(sealed: string, change: (bytes: Buffer) => Buffer): string {
  const [version, keyId, data = ''] = sealed.split('.');
  return [version, keyId, change(Buffer.from(data, 'base64')).toString('base64')].join('.');
}

describe('a secret box', () => {
  it.each(['', 'hunter2', 'ü 🚀\0\n', 'x'.repeat(100_000)])('opens what it sealed: %.10j', (text) => {
    const box = createSecretBox(first);
    const sealed = box.seal(text);
    expect(box.open(sealed)).toBe(text);
    // A short text may be in any base64.
    expect(text.length > 3 && sealed.includes(text.slice(0, 20))).toBe(false);
    expect(box.seal(text)).not.toBe(sealed);
  });

  it('opens what older keys sealed, and seals with the newest only', () => {
    const before = createSecretBox(first).seal('hunter2');
    const box = createSecretBox(second, [third, first]);
    expect(box.open(before)).toBe('hunter2');
    expect([box.isCurrent(before), box.isCurrent(box.seal('x'))]).toEqual([false, true]);
    expect(createSecretBox(second).open(box.seal('x'))).toBe('x');
  });

  it('says which key it lacks, and nothing of what is sealed', () => {
    const [known, other] = [createSecretBox(first), createSecretBox(second)];
    expect(() => known.open(other.seal('hunter2'))).toThrow(
      `A secret of the catalog cannot be opened: it was sealed with the key ${other.keyId}, and this process has ${known.keyId}.`,
    );
  });

  it.each([
    ['a bit of the ciphertext', (bytes: Buffer) => (bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30), bytes)],
    ['a bit of the tag', (bytes: Buffer) => (bytes.writeUInt8(bytes.readUInt8(12) ^ 1, 12), bytes)],
    ['a bit of the nonce', (bytes: Buffer) => (bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0), bytes)],
    ['its end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['all but the nonce and a short tag', (bytes: Buffer) => bytes.subarray(0, 16)],
    ['everything', () => Buffer.alloc(0)],
  ])('refuses a text of which %s was changed', (_, change) => {
    const box = createSecretBox(first);
    expect(() => box.open(changed(box.seal('hunter2'), change))).toThrow('it was changed');
  });

  it('refuses what is no sealed text, and a key of another length', () => {
    expect(() => createSecretBox(first).open('hunter2')).toThrow('it is not a sealed text');
    expect(() => createSecretBox(first.subarray(1))).toThrow('a secret key has 32 bytes');
    expect(() => createSecretBox(first, [new Uint8Array(16)])).toThrow('a secret key has 32 bytes');
  });
});
