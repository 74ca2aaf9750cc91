import { runInThisContext } from 'node:vm';

const CLEANINGS = Symbol.for('runyard.testkit.atExit');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Cleanings = Set<() => void>;

/** The process itself. What Jest gives to tests under that name is a copy, which hears of no exit and of no signal. */
const real = runInThisContext('process') as NodeJS.Process & { [CLEANINGS]?: Cleanings };

/** Runs the function when this process ends, unless the returned one was called before. For what a crash would leave. */
export function atExit(clean: () => void): () => void {
  const cleanings = (real[CLEANINGS] ??= listen());
  cleanings.add(clean);
  return () => cleanings.delete(clean);
}

function listen(): Cleanings {
  const cleanings: Cleanings = new Set();
  const cleanAll = (): void => {
    for (const clean of cleanings) clean();
    cleanings.clear();
  };
  real.once('exit', cleanAll);
  for (const signal of SIGNALS) {
    const onSignal = (): void => {
      // Whoever else listens ends the process in his own time, and then comes `exit`.
      if (real.listenerCount(signal) > 1) return;
      cleanAll();
      real.off(signal, onSignal);
      real.kill(real.pid, signal);
    };
    real.on(signal, onSignal);
  }
  return cleanings;
}

/** SIGKILL for a process that should be gone already. */
export function killQuietly(pid: number): void {
  try {
    real.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
