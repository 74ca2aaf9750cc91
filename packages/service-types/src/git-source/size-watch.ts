import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { deviceError } from '@runyard/domain';

const LOOK_EVERY_MS = 500;

export interface SizeLimits {
  readonly bytesMax: number;
  readonly filesMax: number;
}

/** Does the work on a folder and aborts it as soon as the folder has grown past the limits. */
export async function withinSize<Value>(
  folder: string,
  limits: SizeLimits,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const tooLarge = new AbortController();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    if (await isLarger(folder, limits)) {
      const mebibytes = Math.round(limits.bytesMax / 1024 / 1024);
      const text = `The repository is larger than ${mebibytes} MiB or has more than ${limits.filesMax} files`;
      tooLarge.abort(deviceError('SOURCE_UNAVAILABLE', text));
    }
    looking = false;
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  try {
    const value = await work(AbortSignal.any([signal, tooLarge.signal]));
    await look();
    tooLarge.signal.throwIfAborted();
    return value;
  } finally {
    clearInterval(timer);
  }
}

async function isLarger(top: string, { bytesMax, filesMax }: SizeLimits): Promise<boolean> {
  let bytes = 0;
  let files = 0;
  const open = [top];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      files += 1;
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) open.push(place);
      else if (entry.isFile()) bytes += (await stat(place).catch(() => null))?.size ?? 0;
      if (bytes > bytesMax || files > filesMax) return true;
    }
  }
  return false;
}
