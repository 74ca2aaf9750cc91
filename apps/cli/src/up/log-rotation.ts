import { copyFileSync, statSync, truncateSync } from 'node:fs';

const BYTES_MAX = 50 * 1024 * 1024;
const CHECK_MS = 15_000;

/**
 * Keeps each log below a size, with the part before it beside it as `.1`. The processes append, so they go on
 * writing into the emptied file. Returns the function that ends it.
 */
export function rotateLogs(files: readonly string[], bytesMax = BYTES_MAX, checkMs = CHECK_MS): () => void {
  const timer = setInterval(() => files.forEach((file) => rotateLog(file, bytesMax)), checkMs);
  timer.unref();
  return () => clearInterval(timer);
}

export function rotateLog(file: string, bytesMax: number): void {
  try {
    if (statSync(file).size <= bytesMax) return;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  } catch {
    // Not there yet, or the disk is full: the next look may do better.
  }
}
