import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

/** A host key, parsed once: parsing it again for each device would take most of the start. */
export interface HostKey {
  readonly key: ParsedKey;
  /** As ssh-keygen prints it: `SHA256:…`. */
  readonly fingerprint: string;
  /** Type and key, as in known_hosts. */
  readonly publicLine: string;
}

/** A new ECDSA key: the cheapest for the one who signs at each handshake. */
export function generateHostKey(): HostKey {
  const key = ssh2.utils.parseKey(ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private);
  if (key instanceof Error) throw key;
  const blob = key.getPublicSSH();
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { key, fingerprint: `SHA256:${digest}`, publicLine: `${key.type} ${blob.toString('base64')}` };
}
