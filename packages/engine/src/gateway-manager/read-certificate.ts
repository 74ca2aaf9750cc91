import { X509Certificate } from 'node:crypto';
import { AppError, type Certificate, type CertificateType } from '@runyard/domain';

const ID_LENGTH = 24;

/** What a PEM says. Throws CERTIFICATE_INVALID, also when there is more in it than one certificate. */
export function readCertificate(pem: string): Omit<Certificate, 'contractId' | 'alias'> {
  // A private key has no business here, and must not be kept.
  if (pem.includes('PRIVATE KEY')) throw invalid('It holds a private key.');
  if (pem.split('-----BEGIN CERTIFICATE-----').length !== 2) throw invalid('It is not one certificate in PEM.');
  const { certificate, isSelfSigned } = parse(pem);
  const validFromMs = Date.parse(certificate.validFrom);
  const validToMs = Date.parse(certificate.validTo);
  if (!Number.isFinite(validFromMs) || !Number.isFinite(validToMs)) throw invalid('Its validity cannot be read.');
  return {
    id: certificateIdOf(certificate),
    pem: certificate.toString(),
    host: hostOf(certificate),
    issuer: oneLine(certificate.issuer),
    isSelfSigned,
    type: typeOf(certificate, isSelfSigned),
    validFromMs,
    validToMs,
  };
}

/** The beginning of its fingerprint, as 24 hex digits. */
export function certificateIdOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase().slice(0, ID_LENGTH);
}

function parse(pem: string): { readonly certificate: X509Certificate; readonly isSelfSigned: boolean } {
  try {
    const certificate = new X509Certificate(pem);
    const { subject, issuer, publicKey } = certificate;
    return { certificate, isSelfSigned: subject === issuer && certificate.verify(publicKey) };
  } catch (error) {
    throw new AppError('CERTIFICATE_INVALID', 'The certificate cannot be read: it is broken.', { cause: error });
  }
}

function typeOf({ ca }: X509Certificate, isSelfSigned: boolean): CertificateType {
  if (!ca) return 'Host';
  return isSelfSigned ? 'Root' : 'Intermediate';
}

/** The first DNS name or address, else the common name. */
function hostOf({ subjectAltName, subject }: X509Certificate): string {
  const alternative = /(?:^|, )(?:DNS|IP Address):([^,]+)/.exec(subjectAltName ?? '')?.[1];
  return alternative ?? /(?:^|\n)CN=([^\n]*)/.exec(subject ?? '')?.[1] ?? '';
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function invalid(why: string): AppError {
  return new AppError('CERTIFICATE_INVALID', `The certificate cannot be read: ${why}`);
}
