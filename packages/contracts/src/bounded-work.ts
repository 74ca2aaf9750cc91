import { createContext, Script } from 'node:vm';

const SCRIPT = new Script('work()');
const SANDBOX: { work: () => unknown } = { work: () => undefined };
createContext(SANDBOX);

export type Bounded<Result> = { readonly result: Result } | { readonly timedOut: true };

/**
 * Does work that a foreign schema decides about, and stops it after the time: a regular expression that never ends
 * ends too. It costs about a quarter of a millisecond, so it is for what may take long. Rethrows what the work throws.
 */
export function workWithin<Result>(timeoutMs: number, work: () => Result): Bounded<Result> {
  let done: { readonly result: Result } | undefined;
  SANDBOX.work = () => {
    done = { result: work() };
  };
  try {
    SCRIPT.runInContext(SANDBOX, { timeout: timeoutMs });
  } catch (error) {
    if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return { timedOut: true };
  } finally {
    SANDBOX.work = () => undefined;
  }
  return done ?? { timedOut: true };
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
