import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import type { Settings } from './settings-schema.ts';

/** What a worker proves, both in PEM. */
export interface WorkerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The certificate of a worker and its key; null when it has none. Throws ConfigError for one without the other. */
export function readWorkerCertificate({ workerCertificateFile, workerKeyFile }: Settings): WorkerCertificate | null {
  if (workerCertificateFile === undefined && workerKeyFile === undefined) return null;
  const missing = 'is missing: a certificate and its key go together';
  if (workerCertificateFile === undefined) {
    throw new ConfigError([{ source: 'RUNYARD_WORKER_CERTIFICATE', message: missing }]);
  }
  if (workerKeyFile === undefined) throw new ConfigError([{ source: 'RUNYARD_WORKER_KEY', message: missing }]);
  return {
    certificate: read(workerCertificateFile, 'RUNYARD_WORKER_CERTIFICATE'),
    key: read(workerKeyFile, 'RUNYARD_WORKER_KEY'),
  };
}

function read(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError([{ source, message: `names a file that cannot be read: ${file}` }]);
  }
}
