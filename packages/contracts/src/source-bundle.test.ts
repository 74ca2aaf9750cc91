import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILES_MAX,
  bundleHash,
  isBundlePath,
  packBundle,
  readBundle,
} from './source-bundle.ts';

const text = (content: string): Uint8Array => Buffer.from(content);
const gzip = (document: unknown): Uint8Array => gzipSync(JSON.stringify(document));

describe('packBundle', () => {
  it('gives back the same bytes, paths and modes', () => {
    const files = [
      { path: 'b/run.sh', mode: 0o755, data: text('#!/bin/sh\n') },
      { path: 'a.bin', mode: 0o644, data: Uint8Array.from([0, 255, 128]) },
    ];
    const { content, hash } = packBundle(files);
    expect(hash).toBe(bundleHash(content));
    const unpacked = readBundle(content);
    expect(unpacked.map(({ path, mode }) => [path, mode])).toEqual([
      ['a.bin', 0o644],
      ['b/run.sh', 0o755],
    ]);
    expect(Buffer.from(unpacked[0]?.data ?? [])).toEqual(Buffer.from([0, 255, 128]));
  });

  it('gives the same hash for the same files in another order', () => {
    const one = { path: 'one', mode: 0o644, data: text('1') };
    const two = { path: 'two', mode: 0o644, data: text('2') };
    expect(packBundle([one, two]).hash).toBe(packBundle([two, one]).hash);
  });

  it.each([
    ['too many bytes', [{ path: 'a', mode: 0o644, data: new Uint8Array(BUNDLE_BYTES_MAX + 1) }]],
    [
      'too many files',
      Array.from({ length: BUNDLE_FILES_MAX + 1 }, (_, index) => ({ path: `f${index}`, mode: 0o644, data: text('') })),
    ],
    ['a path that leaves the folder', [{ path: '../a', mode: 0o644, data: text('') }]],
  ])('refuses %s', (_, files) => {
    expect(() => packBundle(files)).toThrow(expect.objectContaining({ code: 'CATALOG_INVALID' }));
  });
});

describe('readBundle', () => {
  it.each([
    ['text that is not compressed', text('{"files":[]}')],
    ['compressed text that is not JSON', gzipSync('nothing')],
    ['no list of files', gzip({ files: {} })],
    ['a list', gzip([])],
    ['a file without data', gzip({ files: [{ path: 'a', mode: 420 }] })],
    ['the same path twice', gzip({ files: [file('a'), file('a')] })],
    ['a file below a file', gzip({ files: [file('a/b/c'), file('a')] })],
    ['a mode that is no mode', gzip({ files: [{ ...file('a'), mode: 1e9 }] })],
    ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))],
  ])('refuses %s', (_, content) => {
    expect(() => readBundle(content)).toThrow(expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }));
  });

  it.each([
    '/etc/passwd',
    '../a',
    'a/../b',
    'a//b',
    './a',
    'a/.',
    '',
    'a\0b',
    'a\\b',
    'a\nb',
    '\ud800',
    'x'.repeat(513),
  ])('refuses the path %j', (path) => {
    expect(isBundlePath(path)).toBe(false);
    expect(() => readBundle(gzip({ files: [file(path)] }))).toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }),
    );
  });

  it.each(['a', 'a/b.sh', '.env', 'a..b', '__proto__', 'ä/日本'])('takes the path %j', (path) => {
    expect(readBundle(gzip({ files: [file(path)] }))).toHaveLength(1);
  });
});

function file(path: string): { path: string; mode: number; data: string } {
  return { path, mode: 0o644, data: '' };
}
