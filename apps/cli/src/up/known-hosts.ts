import { readFileSync } from 'node:fs';
import { writePrivateFile } from './private-file.ts';

/**
 * Forgets the host keys of simulated devices of earlier starts: they had other keys, and their ports come back to
 * others, which would then look like an attack. Only for the known-hosts file in our own data folder.
 */
export function forgetSimulatedKeys(file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return;
  }
  const kept = text.split('\n').filter((line) => !line.startsWith('[127.0.0.1]:'));
  writePrivateFile(file, kept.join('\n'));
}
