import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tempFolder, type TempFolder } from '@runyard/testkit';
import { withFileLock } from '../src/program/file-lock.ts';

const never = new AbortController().signal;
let folder: TempFolder;
let file: string;
beforeEach(async () => {
  folder = await tempFolder('runyard-lock-');
  file = path.join(folder.path, 'deep', 'x.lock');
});
afterEach(async () => folder.remove());

describe('a lock file', () => {
  it('lets one after the other in, and is gone afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await readdir(folder.path);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFileLock(file, never, work)));
    expect(most).toBe(1);
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it('is taken over from a process that died, by one of many', async () => {
    await withFileLock(file, never, async () => undefined);
    await writeFile(file, `${hostname()} 4194000 abc`);
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await readFile(file);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFileLock(file, never, work)));
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it('of another machine is waited for, as long as the caller waits', async () => {
    await withFileLock(file, never, async () => undefined);
    await writeFile(file, 'elsewhere 1 abc');
    const stop = new AbortController();
    const waiting = withFileLock(file, stop.signal, async () => undefined);
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(waiting).rejects.toThrow('enough');
    expect(await readFile(file, 'utf8')).toBe('elsewhere 1 abc');
  });

  it('is let go when the work fails', async () => {
    await expect(withFileLock(file, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(path.dirname(file))).toEqual([]);
  });
});
