import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { AppError, isJsonObject, type JsonValue } from '@runyard/domain';

/** One file of a bundle. `mode` holds the POSIX permission bits. */
export interface BundleFile {
  /** Relative, with `/` between the segments. */
  readonly path: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

/** Files of a service as they travel: gzip over JSON, and the SHA-256 of the compressed bytes in hex. */
export interface Bundle {
  readonly content: Uint8Array;
  readonly hash: string;
}

export const BUNDLE_BYTES_MAX = 10 * 1024 * 1024;
export const BUNDLE_FILES_MAX = 2_000;
const PATH_LENGTH_MAX = 512;
/** Base64 takes 4 bytes for 3; the rest is for paths, modes and the JSON around them. */
const JSON_BYTES_MAX = Math.ceil((BUNDLE_BYTES_MAX * 4) / 3) + BUNDLE_FILES_MAX * (PATH_LENGTH_MAX * 6 + 100);
const MODE_MAX = 0o7777;

/** True for the SHA-256 of a bundle: 64 lower-case hex digits. */
export function isBundleHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The content address of a packed bundle. */
export function bundleHash(content: Uint8Array): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}

/** Packs files, sorted by path. Throws CATALOG_INVALID when they are too many, too large or badly named. */
export function packBundle(files: readonly BundleFile[]): Bundle {
  const flaw = bundleFlaw(files);
  if (flaw !== null) throw new AppError('CATALOG_INVALID', `The source folder cannot be packed: ${flaw}`);
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const json = JSON.stringify({
    files: sorted.map(({ path, mode, data }) => ({ path, mode, data: Buffer.from(data).toString('base64') })),
  });
  const content = zlib.gzipSync(json);
  return { content, hash: bundleHash(content) };
}

/** Unpacks in memory. Throws SOURCE_UNAVAILABLE when the content is not a bundle within the limits. */
export function readBundle(content: Uint8Array): readonly BundleFile[] {
  const files = parseFiles(content);
  const flaw = bundleFlaw(files);
  if (flaw !== null) throw broken(flaw);
  return files;
}

function parseFiles(content: Uint8Array): BundleFile[] {
  let document: unknown;
  try {
    document = JSON.parse(zlib.gunzipSync(content, { maxOutputLength: JSON_BYTES_MAX }).toString('utf8'));
  } catch (cause) {
    throw broken('it is not compressed JSON within the limits', cause);
  }
  const files = isJsonObject(document) ? document['files'] : undefined;
  if (!Array.isArray(files)) throw broken('it has no list of files');
  if (files.length > BUNDLE_FILES_MAX) throw broken(`it has more than ${BUNDLE_FILES_MAX} files`);
  return files.map(parseFile);
}

function parseFile(file: JsonValue): BundleFile {
  if (!isJsonObject(file)) throw broken('a file is not an object');
  const { path, mode, data } = file;
  if (typeof path !== 'string' || typeof mode !== 'number' || typeof data !== 'string') {
    throw broken('a file lacks its path, mode or data');
  }
  return { path, mode, data: Buffer.from(data, 'base64') };
}

/** The first reason why these files are not a bundle; null when they are. */
function bundleFlaw(files: readonly BundleFile[]): string | null {
  if (files.length > BUNDLE_FILES_MAX) return `${files.length} files are more than ${BUNDLE_FILES_MAX}`;
  const sizeBytes = files.reduce((sum, file) => sum + file.data.byteLength, 0);
  if (sizeBytes > BUNDLE_BYTES_MAX) return `${sizeBytes} bytes are more than ${BUNDLE_BYTES_MAX}`;
  const paths = new Set(files.map((file) => file.path));
  if (paths.size < files.length) return 'a path comes twice';
  for (const { path, mode } of files) {
    if (!isBundlePath(path)) return `the path ${JSON.stringify(path.slice(0, PATH_LENGTH_MAX))} is not allowed`;
    if (!Number.isInteger(mode) || mode < 0 || mode > MODE_MAX) return `the mode of ${path} is not allowed`;
    if (parents(path).some((parent) => paths.has(parent))) return `${path} lies below another file`;
  }
  return null;
}

/** Relative, without empty, `.` or `..` segments, control characters, lone surrogates or backslashes. */
export function isBundlePath(path: string): boolean {
  if (path === '' || path.length > PATH_LENGTH_MAX) return false;
  if (/[\p{Cc}\p{Cs}\\]/u.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function parents(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

function broken(reason: string, cause?: unknown): AppError {
  return new AppError(
    'SOURCE_UNAVAILABLE',
    `The bundle cannot be read: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
