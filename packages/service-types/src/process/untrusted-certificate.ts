/** How OpenSSL and Node name certificates that do not hold. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)/;

/** True for the code of an error that says that a certificate is not trusted. */
export function isUntrustedCertificate(code: string): boolean {
  return CERTIFICATE.test(code);
}
