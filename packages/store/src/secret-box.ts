import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError, type SecretBox } from '@runyard/domain';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM. A sealed text is `v1.<key id>.<base64 of nonce, tag and ciphertext>`; the key id is the start of the
 * key's hash, so that a wrong key is told apart from broken data. `key` has 32 bytes.
 */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== 32) throw new Error('a secret key has 32 bytes');
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${keyId}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    open(sealed) {
      const [version, sealedBy, data] = sealed.split('.');
      if (version !== 'v1' || sealedBy === undefined || data === undefined) throw unreadable('it is not a sealed text');
      if (sealedBy !== keyId) throw unreadable(`it was sealed with the key ${sealedBy}, and this process has ${keyId}`);
      const bytes = Buffer.from(data, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable('it was changed', cause);
      }
    },
  };
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('CREDENTIAL_NOT_FOUND', `A secret of the catalog cannot be opened: ${why}.`, { cause });
}
