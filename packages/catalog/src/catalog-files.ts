import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogProblem } from './catalog-document.ts';
import { errorCode } from './error-code.ts';

/** Bytes of the largest catalog file. */
export const CATALOG_FILE_BYTES_MAX = 50 * 1024 * 1024;

const FILES_MAX = 10_000;
const CATALOG_FILE = /\.(ya?ml|json)$/i;

/**
 * The catalog files behind files and folders: folders recursively, sorted, each file once. Hidden folders and
 * node_modules are left out.
 */
export async function listCatalogFiles(
  paths: readonly string[],
): Promise<{ files: string[]; problems: CatalogProblem[] }> {
  const found = new Map<string, string>();
  const problems: CatalogProblem[] = [];
  const visit = async (entry: string, isNamed: boolean): Promise<void> => {
    const info = await stat(entry).catch(() => null);
    if (!info) {
      if (isNamed) problems.push({ file: entry, path: '', message: 'there is no such file or folder' });
      return;
    }
    // A symbolic link to a folder above would never end. What is piped in is somewhere and has no such path.
    const real = await realpath(entry).catch(() => entry);
    if (found.has(real) || found.size > FILES_MAX) return;
    if (info.isDirectory()) {
      found.set(real, '');
      for (const name of (await readdir(entry)).sort()) {
        if (!name.startsWith('.') && name !== 'node_modules') await visit(path.join(entry, name), false);
      }
    } else if (isNamed || (info.isFile() && CATALOG_FILE.test(entry))) {
      found.set(real, entry);
    }
  };
  for (const entry of paths) await visit(entry, true);
  if (found.size > FILES_MAX) problems.push({ path: '', message: `there are more than ${FILES_MAX} files` });
  return { files: [...found.values()].filter((file) => file !== ''), problems };
}

/** The text of a file, or why it cannot be read. */
export async function readText(file: string, bytesMax: number): Promise<{ text: string } | { problem: string }> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return { problem: info.isDirectory() ? 'is not a file' : 'is not a file; pipe it in as `-`' };
    if (info.size > bytesMax) return { problem: `is larger than ${sizeText(bytesMax)}` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return { problem: 'does not exist' };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { problem: 'is not text in UTF-8' };
    return { problem: `cannot be read (${code})` };
  }
}

function sizeText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.floor(bytes / 1024 / 1024)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}
