import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Bundle, bundleHash, packBundle } from '@runyard/contracts';
import { createBundleCache } from '../src/source-bundle/bundle-cache.ts';
import { unpackBundle } from '../src/source-bundle/unpack-bundle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runyard-bundle-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const bundle = (text: string): Bundle =>
  packBundle([
    { path: 'bin/run.sh', mode: 0o4777, data: Buffer.from(text) },
    { path: 'data.txt', mode: 0o600, data: Buffer.from('data') },
  ]);

describe('unpackBundle', () => {
  it('writes the files and keeps only who may run them', async () => {
    await unpackBundle(bundle('script').content, folder);
    expect(await readFile(path.join(folder, 'bin/run.sh'), 'utf8')).toBe('script');
    expect((await stat(path.join(folder, 'bin/run.sh'))).mode & 0o7777).toBe(0o755);
    expect((await stat(path.join(folder, 'data.txt'))).mode & 0o7777).toBe(0o644);
  });

  it('writes through no link', async () => {
    const outside = path.join(folder, 'outside');
    await mkdir(path.join(folder, 'in'));
    await symlink(outside, path.join(folder, 'in', 'data.txt'));
    await expect(unpackBundle(bundle('').content, path.join(folder, 'in'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(stat(outside)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('createBundleCache', () => {
  it('unpacks once for callers at the same time and for later ones', async () => {
    const { content, hash } = bundle('script');
    const fetch = jest.fn(async () => content);
    const cache = createBundleCache({ folder: path.join(folder, 'cache'), fetch });
    const folders = await Promise.all([cache.folder(hash), cache.folder(hash), cache.folder(hash)]);
    expect(new Set([...folders, await cache.folder(hash)])).toEqual(new Set([path.join(folder, 'cache', hash)]));
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(await readdir(path.join(folder, 'cache'))).toEqual([hash]);
  });

  it('uses what another worker unpacked meanwhile', async () => {
    const { content, hash } = bundle('script');
    const caches = [1, 2, 3].map(() => createBundleCache({ folder, fetch: async () => content }));
    const folders = await Promise.all(caches.map((cache) => cache.folder(hash)));
    expect(new Set(folders).size).toBe(1);
    expect(await readdir(folder)).toEqual([hash]);
  });

  it('tries again after a failure and leaves nothing behind', async () => {
    const { content, hash } = bundle('script');
    const answers = [null, bundle('other').content, content];
    const cache = createBundleCache({ folder, fetch: async () => answers.shift() ?? null });
    await expect(cache.folder(hash)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    await expect(cache.folder(hash)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(await readdir(folder)).toEqual([]);
    expect(await cache.folder(hash)).toBe(path.join(folder, hash));
  });

  it('leaves nothing of a bundle that cannot be read', async () => {
    const content = gzipSync(JSON.stringify({ files: [{ path: '../escape', mode: 420, data: '' }] }));
    const cache = createBundleCache({ folder: path.join(folder, 'cache'), fetch: async () => content });
    await expect(cache.folder(bundleHash(content))).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(await readdir(folder, { recursive: true })).toEqual(['cache']);
  });

  it.each(['../../etc', '', 'A'.repeat(64), `${'a'.repeat(64)}/..`])('refuses the hash %j', async (hash) => {
    const cache = createBundleCache({ folder, fetch: async () => bundle('').content });
    await expect(cache.folder(hash)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });

  it('removes what was not used for an hour once there are many', async () => {
    const old = new Date(Date.now() - 2 * 3_600_000);
    const names = Array.from({ length: 64 }, (_, index) => index.toString(16).padStart(64, '0'));
    for (const name of names) await mkdir(path.join(folder, name));
    for (const name of names.slice(1)) await utimes(path.join(folder, name), old, old);
    const { content, hash } = bundle('new');
    await createBundleCache({ folder, fetch: async () => content }).folder(hash);
    expect((await readdir(folder)).sort()).toEqual([names[0], hash].sort());
  });
});
