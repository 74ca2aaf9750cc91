import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '@runyard/config';
import { keepPrivateFile } from './private-file.ts';

/** What the processes share and nobody else may know. */
export interface Secrets {
  readonly adminPassword: string;
  /** True at the start that made it up, for which it may be shown to the one who started us. */
  readonly isNewPassword: boolean;
  /** Where it is kept; null when the settings have it. */
  readonly passwordFile: string | null;
  /** Undefined when the settings name a key already. */
  readonly secretKeyFile: string | undefined;
}

/** The secrets of the settings, and for the others those in the data folder, made up at the first start. */
export function readSecrets(settings: Settings, dataFolder: string): Secrets {
  const { adminPassword, secretKey, secretKeyFile } = settings;
  const isKeyGiven = secretKey !== undefined || secretKeyFile !== undefined;
  return {
    ...(adminPassword === undefined ? keepPassword(join(dataFolder, 'admin-password')) : givenPassword(adminPassword)),
    secretKeyFile: isKeyGiven ? undefined : keepSecretKey(join(dataFolder, 'secret.key')),
  };
}

type PasswordPart = Omit<Secrets, 'secretKeyFile'>;

function givenPassword(adminPassword: string): PasswordPart {
  return { adminPassword, isNewPassword: false, passwordFile: null };
}

function keepPassword(passwordFile: string): PasswordPart {
  const { text, isNew } = keepPrivateFile(passwordFile, randomPassword);
  return { adminPassword: text, isNewPassword: isNew, passwordFile };
}

function keepSecretKey(file: string): string {
  keepPrivateFile(file, () => randomBytes(32).toString('base64'));
  return file;
}

/** 120 bits in hex digits, which need no quotes in a shell and no encoding in an address. */
function randomPassword(): string {
  return randomBytes(15).toString('hex');
}
