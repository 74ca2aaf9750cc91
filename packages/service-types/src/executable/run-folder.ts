import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Folders older than this were left by a crash: no attempt takes so long. */
const LEFTOVER_MS = 7 * 24 * 3_600_000;
const PREFIX = 'attempt-';

/** The folders of one attempt at one device. Nobody else uses them. */
export interface RunFolder {
  /** HOME. */
  readonly home: string;
  /** Below home: a copy of the source folder, or empty. */
  readonly source: string;
  /** Below home: TMPDIR. */
  readonly temporary: string;
  remove(): Promise<void>;
}

/** Makes the folders; `source` is copied, because a program may write beside its own file. */
export async function createRunFolder(workRoot: string, source: string | null): Promise<RunFolder> {
  const home = await mkdtemp(path.join(workRoot, PREFIX));
  const folder: RunFolder = {
    home,
    source: path.join(home, 'source'),
    temporary: path.join(home, 'tmp'),
    // What cannot be removed now is removed as a leftover: the result of the run does not depend on it.
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined),
  };
  try {
    await mkdir(folder.temporary);
    if (source === null) await mkdir(folder.source);
    else await cp(source, folder.source, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return folder;
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Creates the root and removes what crashed workers left in it. */
export async function prepareWorkRoot(workRoot: string): Promise<void> {
  await mkdir(workRoot, { recursive: true });
  for (const name of await readdir(workRoot)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(workRoot, name);
    const madeAtMs = await stat(folder).then(
      (stats) => stats.mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - madeAtMs > LEFTOVER_MS) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
