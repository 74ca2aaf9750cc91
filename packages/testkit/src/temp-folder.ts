import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

export interface TempFolder {
  readonly path: string;
  /** Deletes it with all that is in it. Idempotent. */
  remove(): Promise<void>;
}

/** A new empty folder. What is not removed by the test goes when its process ends. */
export async function tempFolder(prefix = 'runyard-test-'): Promise<TempFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  const forget = atExit(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    remove: async () => {
      forget();
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
