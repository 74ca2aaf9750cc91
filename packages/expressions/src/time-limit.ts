import { createContext, Script } from 'node:vm';

const context = createContext({ work: null as (() => unknown) | null });
const script = new Script('work()');

/**
 * Does synchronous work that must end in time. Nothing else can end a regular expression that backtracks for years.
 * Gives `{ late: true }` when the time was up.
 */
export function withinTime<Value>(work: () => Value, timeoutMs: number): { value: Value } | { late: true } {
  let done: { value: Value } | undefined;
  context['work'] = () => {
    done = { value: work() };
  };
  try {
    script.runInContext(context, { timeout: timeoutMs });
  } catch (error) {
    if (isTimeout(error)) return { late: true };
    throw error;
  } finally {
    context['work'] = null;
  }
  return done ?? { late: true };
}

/** True for what ended a script because its time was up. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
