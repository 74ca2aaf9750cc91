import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** Certificate of the authority. */
  readonly caFile: string;
  /** Certificate and key of a server at 127.0.0.1 and localhost, signed by it. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** A new authority and a server certificate, made by openssl in the folder and good for two days. */
export function makeCertificates(folder: string): Certificates {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const [caFile, caKey] = [file('ca.pem'), file('ca-key.pem')];
  const [certFile, keyFile, request] = [file('cert.pem'), file('key.pem'), file('request.pem')];
  openssl('req', '-x509', ...newKey, '-keyout', caKey, '-out', caFile, '-subj', '/CN=authority', '-days', '2');
  openssl('req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', '/CN=redis');
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  const signed = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', file('names')];
  openssl('x509', '-req', '-in', request, '-out', certFile, ...signed);
  return { caFile, certFile, keyFile };
}
