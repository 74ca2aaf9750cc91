import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '@runyard/config';
import { keepPrivateFile } from './private-file.ts';

/** What the processes share and nobody else may know. */
export interface Secrets {
  readonly adminPassword: string;
  /** True when we made it up, so that it may be shown to the one who started us. */
  readonly isOwnPassword: boolean;
  /** Undefined when the settings name a key already. */
  readonly secretKeyFile: string | undefined;
}

/** The secrets of the settings, and for the others those in the data folder, made up at the first start. */
export function readSecrets(settings: Settings, dataFolder: string): Secrets {
  const { adminPassword, secretKey, secretKeyFile } = settings;
  const isKeyGiven = secretKey !== undefined || secretKeyFile !== undefined;
  return {
    adminPassword: adminPassword ?? keepPrivateFile(join(dataFolder, 'admin-password'), randomPassword),
    isOwnPassword: adminPassword === undefined,
    secretKeyFile: isKeyGiven ? undefined : keepSecretKey(join(dataFolder, 'secret.key')),
  };
}

function keepSecretKey(file: string): string {
  keepPrivateFile(file, () => randomBytes(32).toString('base64'));
  return file;
}

/** 120 bits in hex digits, which need no quotes in a shell and no encoding in an address. */
function randomPassword(): string {
  return randomBytes(15).toString('hex');
}
