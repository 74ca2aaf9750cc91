import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from '../system-error.ts';

/** Replaces a file in one step; only its owner may read it. */
export function writePrivateFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/** The content of a private file, which is made up once. */
export function keepPrivateFile(
  file: string,
  makeText: () => string,
): { readonly text: string; readonly isNew: boolean } {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text !== '') return { text, isNew: false };
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  const text = makeText();
  writePrivateFile(file, `${text}\n`);
  return { text, isNew: true };
}
