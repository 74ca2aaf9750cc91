const cleanings = new Set<() => void>();
let isRegistered = false;

/** Runs the function when this process ends, unless the returned one was called before. For what a crash would leave. */
export function atExit(clean: () => void): () => void {
  if (!isRegistered) {
    isRegistered = true;
    process.once('exit', () => {
      for (const each of cleanings) each();
    });
  }
  cleanings.add(clean);
  return () => cleanings.delete(clean);
}

/** SIGKILL for a process that should be gone already. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
