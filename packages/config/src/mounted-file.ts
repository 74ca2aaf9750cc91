import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** Reads a small text file. Anything else than a regular file within the limit is a problem in words. */
export function readSmallFile(path: string, sizeBytesMax: number): string | { readonly problem: string } {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'r');
    const stat = fstatSync(handle);
    if (!stat.isFile()) return { problem: `${path} is not a file` };
    if (stat.size > sizeBytesMax) return { problem: `${path} is larger than ${sizeBytesMax} bytes` };
    return readFileSync(handle, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return { problem: `${path} cannot be read (${reason})` };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Reads a secret that is mounted as a file, without the line end that editors add. */
export function readMountedFile(path: string): string | { readonly problem: string } {
  const content = readSmallFile(path, 65_536);
  if (typeof content !== 'string') return content;
  const value = content.replace(/\r?\n$/, '');
  return value === '' ? { problem: `${path} is empty` } : value;
}
