import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBundle } from '@runyard/contracts/source-bundle';

/** Only who may run a file is kept of its mode: no set-user-id, nothing writable for others. */
const EXECUTABLE_BITS = 0o111;

/** Writes the files of a bundle below a folder that exists and is empty. Rejects with SOURCE_UNAVAILABLE. */
export async function unpackBundle(content: Uint8Array, folder: string): Promise<void> {
  for (const file of readBundle(content)) {
    const target = path.join(folder, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    const mode = (file.mode & EXECUTABLE_BITS) === 0 ? 0o644 : 0o755;
    // `wx`: neither an existing file nor a link is written through. `flush`: a complete folder stays complete when
    // the machine loses its power after the rename.
    await writeFile(target, file.data, { mode, flag: 'wx', flush: true });
  }
}
