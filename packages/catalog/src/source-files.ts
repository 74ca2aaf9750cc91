import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Bundle, BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX, type BundleFile, packBundle } from '@runyard/contracts';
import { isAppError } from '@runyard/domain';
import { errorCode } from './error-code.ts';

const LEFT_OUT = new Set(['.git', '.hg', '.svn', '.venv', '.DS_Store', 'node_modules', '__pycache__']);

class SourceProblem extends Error {}

/** Packs a folder, or one file, for the workers; or says why that is not possible. */
export async function packSource(source: string): Promise<{ bundle: Bundle } | { problem: string }> {
  try {
    const files: BundleFile[] = [];
    const isFolder = (await lstat(source)).isDirectory();
    await collect(source, isFolder ? '' : path.basename(source), files, { bytes: 0 });
    if (files.length === 0) return { problem: 'has no files' };
    return { bundle: packBundle(files) };
  } catch (error) {
    if (error instanceof SourceProblem || isAppError(error)) return { problem: error.message };
    const code = errorCode(error);
    return { problem: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` };
  }
}

async function collect(place: string, name: string, files: BundleFile[], total: { bytes: number }): Promise<void> {
  const info = await lstat(place);
  if (info.isSymbolicLink()) throw new SourceProblem(`has the symbolic link ${name}; put the file itself there`);
  if (info.isDirectory()) {
    for (const entry of (await readdir(place)).sort()) {
      if (!LEFT_OUT.has(entry))
        await collect(path.join(place, entry), name === '' ? entry : `${name}/${entry}`, files, total);
    }
    return;
  }
  if (!info.isFile()) throw new SourceProblem(`has ${name}, which is no file`);
  total.bytes += info.size;
  // Checked before reading: the folder may be anything.
  if (total.bytes > BUNDLE_BYTES_MAX) throw new SourceProblem(`has more than ${BUNDLE_BYTES_MAX / 1024 / 1024} MiB`);
  if (files.length >= BUNDLE_FILES_MAX) throw new SourceProblem(`has more than ${BUNDLE_FILES_MAX} files`);
  // Only whether it may be executed: the rest depends on who checked it out, and the hash must not.
  const mode = (info.mode & 0o100) === 0 ? 0o644 : 0o755;
  files.push({ path: name, mode, data: await readFile(place) });
}
