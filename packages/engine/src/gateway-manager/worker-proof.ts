import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { AppError, type Certificate, type WorkerProof } from '@runyard/domain';
import { certificateIdOf } from './read-certificate.ts';

/** What a worker signs: who it is, and the time of a heartbeat or the nonce of a question. */
export interface Proven {
  readonly workerId: string;
  readonly cluster: string;
  readonly at: { readonly seenAtMs: number } | { readonly nonce: string };
}

export type Prove = (proven: Proven) => WorkerProof;

/** Signs with the key of a certificate, both in PEM. Throws CERTIFICATE_INVALID when they do not belong together. */
export function createProver(certificatePem: string, keyPem: string): Prove {
  const { certificate, key } = readPair(certificatePem, keyPem);
  if (!certificate.checkPrivateKey(key)) {
    throw new AppError('CERTIFICATE_INVALID', 'The key is not that of the certificate.');
  }
  const id = certificateIdOf(certificate);
  return (proven) => ({
    certificate: id,
    signature: sign(digestOf(key), textOf(proven), key).toString('base64'),
  });
}

/** True when the proof was made with the key of one of the certificates that is in date. */
export function isProven(
  proof: WorkerProof | undefined,
  proven: Proven,
  certificates: readonly Certificate[],
  nowMs: number,
): boolean {
  const found = certificates.find(({ id }) => id === proof?.certificate);
  if (!proof || !found || nowMs < found.validFromMs || nowMs > found.validToMs) return false;
  try {
    const { publicKey } = new X509Certificate(found.pem);
    return verify(digestOf(publicKey), textOf(proven), publicKey, Buffer.from(proof.signature, 'base64'));
  } catch {
    // A signature that cannot even be one.
    return false;
  }
}

function readPair(certificatePem: string, keyPem: string): { certificate: X509Certificate; key: KeyObject } {
  try {
    return { certificate: new X509Certificate(certificatePem), key: createPrivateKey(keyPem) };
  } catch (error) {
    throw new AppError('CERTIFICATE_INVALID', 'The certificate or its key cannot be read.', { cause: error });
  }
}

/** Ed25519 and Ed448 hash by themselves. */
function digestOf({ asymmetricKeyType }: KeyObject): 'sha256' | null {
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448' ? null : 'sha256';
}

/** One text for each meaning: a heartbeat is no answer to a question. */
function textOf({ workerId, cluster, at }: Proven): Buffer {
  const subject = 'nonce' in at ? ['question', at.nonce] : ['heartbeat', at.seenAtMs];
  return Buffer.from(JSON.stringify(['runyard worker', cluster, workerId, ...subject]));
}
