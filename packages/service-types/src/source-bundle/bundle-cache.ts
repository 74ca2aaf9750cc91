import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { bundleHash, isBundleHash } from '@runyard/contracts/source-bundle';
import { AppError } from '@runyard/domain';
import { unpackBundle } from './unpack-bundle.ts';

/** Past this number, bundles that nobody used for an hour are removed. */
const BUNDLES_MAX = 64;
const UNUSED_MS = 3_600_000;

export interface BundleCacheOptions {
  /** Where bundles are unpacked; several workers may share it. Created when it is not there. */
  readonly folder: string;
  readonly fetch: (hash: string) => Promise<Uint8Array | null>;
}

export interface BundleCache {
  /** The folder with the files of a bundle, to be read only. Rejects with SOURCE_UNAVAILABLE. */
  folder(hash: string): Promise<string>;
}

/**
 * Unpacks each bundle once. A bundle is unpacked beside its place and renamed into it, so that a folder that is there
 * is complete, whatever crashes.
 */
export function createBundleCache({ folder, fetch }: BundleCacheOptions): BundleCache {
  const underway = new Map<string, Promise<string>>();

  async function provide(hash: string): Promise<string> {
    if (!isBundleHash(hash)) throw unavailable('its hash is not one');
    const place = path.join(folder, hash);
    if (await touch(place)) return place;
    const content = await fetch(hash);
    if (content === null) throw unavailable('it is not stored');
    if (bundleHash(content) !== hash) throw unavailable('its content does not fit its hash');
    await mkdir(folder, { recursive: true });
    await removeUnused(folder);
    await unpackInto(content, folder, place);
    return place;
  }

  return {
    folder(hash) {
      const known = underway.get(hash);
      if (known) return known;
      const provided = provide(hash).finally(() => underway.delete(hash));
      underway.set(hash, provided);
      return provided;
    },
  };
}

async function unpackInto(content: Uint8Array, folder: string, place: string): Promise<void> {
  const beside = await mkdtemp(path.join(folder, 'unpacking-'));
  try {
    await unpackBundle(content, beside);
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    // Another worker may have been faster: its folder is as good.
    if (!(await touch(place))) throw error;
  }
}

/** True when the folder is there; marks it as used now. */
async function touch(place: string): Promise<boolean> {
  const now = new Date();
  return utimes(place, now, now).then(
    () => true,
    () => false,
  );
}

async function removeUnused(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length < BUNDLES_MAX) return;
  for (const name of names) {
    const place = path.join(folder, name);
    const usedAtMs = await stat(place).then(
      (stats) => stats.mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - usedAtMs > UNUSED_MS) await rm(place, { recursive: true, force: true });
  }
}

function unavailable(reason: string): AppError {
  return new AppError('SOURCE_UNAVAILABLE', `The files of the service are not available: ${reason}`);
}
