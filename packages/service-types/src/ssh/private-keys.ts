import { createHash } from 'node:crypto';
import { deviceError } from '@runyard/domain';
import ssh2, { type ParsedKey } from 'ssh2';

// The names of ssh2, a CommonJS module, are not seen by import.
const { utils } = ssh2;

const KEYS_MAX = 500;

/** Private keys, parsed once: parsing costs more than signing, and far more when the key has a passphrase. */
export class PrivateKeys {
  readonly #parsed = new Map<string, ParsedKey>();

  /** Throws AUTHENTICATION_FAILED when the text is not a private key or the passphrase is wrong. */
  parse(text: string, passphrase: string | undefined): ParsedKey {
    const hash = createHash('sha256')
      .update(JSON.stringify([text, passphrase]))
      .digest('base64');
    const known = this.#parsed.get(hash);
    if (known) return known;
    const parsed: unknown = utils.parseKey(text, passphrase);
    const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key instanceof Error) {
      throw deviceError('AUTHENTICATION_FAILED', `The private key of the credential is of no use: ${key.message}`);
    }
    if (!isParsedKey(key) || !key.isPrivateKey()) {
      throw deviceError('AUTHENTICATION_FAILED', 'The private key of the credential is a public key');
    }
    if (this.#parsed.size >= KEYS_MAX) this.#parsed.clear();
    this.#parsed.set(hash, key);
    return key;
  }

  clear(): void {
    this.#parsed.clear();
  }
}

function isParsedKey(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'isPrivateKey' in key;
}
