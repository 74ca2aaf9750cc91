import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';

export interface PruneRules {
  /** Past this number, those unused for `unusedMs` go, the longest unused first. */
  readonly countMax: number;
  readonly unusedMs: number;
  /** Those unused for so long go whatever their number. */
  readonly ageMaxMs: number;
  /** Those in use now stay. */
  readonly isInUse?: (name: string) => boolean;
}

/** Removes what a cache keeps and nobody has used for long. The time of last use is that of the folder. */
export async function pruneFolder(folder: string, rules: PruneRules): Promise<void> {
  const { countMax, unusedMs, ageMaxMs, isInUse = () => false } = rules;
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(names.map(async (name) => ({ name, unusedForMs: await unusedFor(folder, name) })));
  const oldestFirst = entries.sort((a, b) => b.unusedForMs - a.unusedForMs);
  let left = entries.length;
  for (const { name, unusedForMs } of oldestFirst) {
    const isTooMany = left > countMax && unusedForMs > unusedMs;
    if ((!isTooMany && unusedForMs <= ageMaxMs) || isInUse(name)) continue;
    await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    left -= 1;
  }
}

async function unusedFor(folder: string, name: string): Promise<number> {
  return stat(path.join(folder, name)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}

/** True when it is there; marks it as used now. */
export function touch(place: string): Promise<boolean> {
  const now = new Date();
  return utimes(place, now, now).then(
    () => true,
    () => false,
  );
}
