import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Task } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';

/** Folders older than this were left by a crash: no attempt takes so long. */
const LEFTOVER_MS = 7 * 24 * 3_600_000;
const PREFIX = 'attempt-';

/** The folders of one attempt at one device. Nobody else uses them. */
export interface AttemptFolder {
  /** HOME. */
  readonly home: string;
  /** Below home: a copy of the source folder, or empty. */
  readonly source: string;
  /** Whether there is a source folder at all. */
  readonly hasSource: boolean;
  /** Below home: TMPDIR. */
  readonly temporary: string;
  /** Writes a file beside the source that only the user of the worker can read; gives its path. */
  writePrivate(name: string, content: string): Promise<string>;
}

/** Gives each attempt folders of its own and removes them when its work is over. */
export interface AttemptFolders {
  use<Value>(task: Task, work: (folder: AttemptFolder) => Promise<Value>): Promise<Value>;
}

export function createAttemptFolders(workRoot: string): AttemptFolders {
  let prepared: Promise<void> | undefined;

  async function prepare(): Promise<void> {
    prepared ??= prepareWorkRoot(workRoot);
    try {
      await prepared;
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  }

  return {
    async use(task, work) {
      await prepare();
      const { bundle, repository } = task.service;
      const source = bundle === undefined && repository === undefined ? null : await task.sourceFolder();
      if (task.signal.aborted) throw abortError(task.signal);
      const home = await mkdtemp(path.join(workRoot, PREFIX));
      try {
        return await work(await fillFolder(home, source));
      } finally {
        // What cannot be removed now is removed as a leftover: the result of the run does not depend on it.
        await rm(home, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
      }
    },
  };
}

/** `source` is copied, because a program may write beside its own file. Links stay as they are. */
async function fillFolder(home: string, source: string | null): Promise<AttemptFolder> {
  const folder: AttemptFolder = {
    home,
    source: path.join(home, 'source'),
    hasSource: source !== null,
    temporary: path.join(home, 'tmp'),
    async writePrivate(name, content) {
      const file = path.join(home, name);
      await writeFile(file, content, { mode: 0o600, flag: 'wx' });
      return file;
    },
  };
  await mkdir(folder.temporary);
  if (source === null) await mkdir(folder.source);
  else await cp(source, folder.source, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  return folder;
}

/** Creates the root and removes what crashed workers left in it. */
async function prepareWorkRoot(workRoot: string): Promise<void> {
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
