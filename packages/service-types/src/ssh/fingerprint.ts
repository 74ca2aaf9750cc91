import { createHash } from 'node:crypto';
import type { Credential } from '@runyard/domain';

/** The fingerprint of a public key as OpenSSH prints it: `SHA256:` and Base64 without padding. */
export function keyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Tells credentials with different secrets apart without keeping the secrets in a key of a map. */
export function credentialFingerprint(credential: Credential): string {
  const { username, password, privateKey, passphrase, enablePassword } = credential;
  return createHash('sha256')
    .update(JSON.stringify([username, password, privateKey, passphrase, enablePassword]))
    .digest('base64');
}
