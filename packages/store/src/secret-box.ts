import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError, type SecretBox } from '@runyard/domain';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A box that may know several keys: it seals with one and opens with all of them. */
export interface RotatingSecretBox extends SecretBox {
  /** Tells keys apart; nothing of the key follows from it. */
  readonly keyId: string;
  isCurrent(sealed: string): boolean;
}

/**
 * AES-256-GCM. A sealed text is `v1.<key id>.<base64 of nonce, tag and ciphertext>`; the key id is the start of the
 * key's hash, so that the right key is found among several, and a missing one is told apart from broken data. Each key
 * has 32 bytes. What was sealed with one of the old keys is opened too, until it is sealed anew.
 */
export function createSecretBox(key: Uint8Array, oldKeys: readonly Uint8Array[] = []): RotatingSecretBox {
  const keys = new Map([...oldKeys, key].map((one) => [keyIdOf(one), one]));
  const keyId = keyIdOf(key);
  return {
    keyId,
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${keyId}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    open(sealed) {
      const [version, sealedBy, data] = sealed.split('.');
      if (version !== 'v1' || sealedBy === undefined || data === undefined) throw unreadable('it is not a sealed text');
      const opener = keys.get(sealedBy);
      if (!opener)
        throw unreadable(`it was sealed with the key ${sealedBy}, and this process has ${[...keys.keys()].join(', ')}`);
      const bytes = Buffer.from(data, 'base64');
      // A shorter tag would be easier to forge.
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw unreadable('it was changed');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', opener, nonce, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable('it was changed', cause);
      }
    },
    isCurrent: (sealed) => sealed.startsWith(`v1.${keyId}.`),
  };
}

function keyIdOf(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new Error(`a secret key has ${KEY_BYTES} bytes`);
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('CREDENTIAL_NOT_FOUND', `A secret of the catalog cannot be opened: ${why}.`, { cause });
}
