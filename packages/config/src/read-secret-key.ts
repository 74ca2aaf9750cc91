import { ConfigError } from './config-error.ts';
import { decodeSecretKey } from './formats.ts';
import type { Settings } from './settings-schema.ts';

/**
 * The 32 bytes that seal and open secrets. Throws ConfigError when there are none: a key made up here would seal
 * secrets that no other process can open.
 */
export function readSecretKey({ secretKey }: Settings): Uint8Array {
  const key = secretKey === undefined ? null : decodeSecretKey(secretKey);
  if (key) return key;
  const message = 'is missing (or RUNYARD_SECRET_KEY_FILE): credentials are sealed with it, the same in every process';
  throw new ConfigError([{ source: 'RUNYARD_SECRET_KEY', message }]);
}
