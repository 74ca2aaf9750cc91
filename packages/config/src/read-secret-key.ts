import { ConfigError, type ConfigProblem } from './config-error.ts';
import { decodeSecretKey } from './formats.ts';
import { readMountedFile } from './mounted-file.ts';
import type { Settings } from './settings-schema.ts';

const OLD_FILES = 'RUNYARD_SECRET_KEY_OLD_FILES';

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

/** Further keys that only open. Throws ConfigError for each file that cannot be read and each line that is no key. */
export function readOldSecretKeys({ secretKeyOldFiles }: Settings): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  const problems: ConfigProblem[] = [];
  for (const file of secretKeyOldFiles) {
    const content = readMountedFile(file);
    if (typeof content !== 'string') {
      problems.push({ source: OLD_FILES, message: content.problem });
      continue;
    }
    for (const [index, line] of content.split(/\r?\n/).entries()) {
      if (line.trim() === '') continue;
      const key = decodeSecretKey(line.trim());
      // The line is not shown: it is a secret, or was meant to be one.
      if (key) keys.push(key);
      else
        problems.push({
          source: OLD_FILES,
          message: `${file} has in line ${index + 1} no key of 32 bytes in base64 or hex`,
        });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return keys;
}
