import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Context, createContext, Script } from 'node:vm';
import type jsonata from 'jsonata';
import { boundFunctions, type FunctionDefinition } from './bound-functions.ts';
import { isTimeout } from './time-limit.ts';

/** A library in a world of its own, in which nothing waits for anything outside. */
export interface Sandbox {
  /** The expression, parsed. Throws what the library throws. */
  readonly parse: (expression: string) => jsonata.Expression;
  /** The value of the expression, or what the library threw. `late` when the time was up: the sandbox is no good then. */
  readonly evaluate: (expression: jsonata.Expression, input: string, timeoutMs: number) => Outcome;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown } | 'late';

/** Calls at once within each other. */
const DEPTH_MAX = 300;
const SETUP_MS_MAX = 5_000;
/** Members of one list. */
const LIST_MAX = 100_000;

const require = createRequire(import.meta.url);
let library: Script | undefined;

const evaluation = new Script(`
  outcome = undefined;
  expression.evaluate(JSON.parse(input)).then(
    (value) => { outcome = { value }; },
    (error) => { outcome = { error }; },
  );
`);

/**
 * Loads the library into a context whose promises are settled before a script returns, so that the time-out of the
 * script holds for all of the evaluation: also for a regular expression that backtracks, which nothing else can end.
 */
export function createSandbox(): Sandbox {
  const context: Context = createContext({}, { microtaskMode: 'afterEvaluate' });
  library ??= new Script(readFileSync(require.resolve('jsonata'), 'utf8'), { filename: 'jsonata.js' });
  library.runInContext(context);
  const create = context['jsonata'] as typeof jsonata;
  const sandbox: Sandbox = {
    parse: (text) => create(text, { stack: DEPTH_MAX, sequence: LIST_MAX }),
    evaluate(expression, input, timeoutMs) {
      Object.assign(context, { expression, input });
      try {
        evaluation.runInContext(context, { timeout: timeoutMs });
        // Nothing in it waits, so without an outcome something was left for ever.
        return (context['outcome'] as Outcome | undefined) ?? 'late';
      } catch (error) {
        if (isTimeout(error)) return 'late';
        throw error;
      } finally {
        Object.assign(context, { expression: undefined, input: undefined, outcome: undefined });
      }
    },
  };
  boundFunctions((name) => definitionOf(sandbox, name));
  return sandbox;
}

/** What the library has under the name of a function. */
function definitionOf(sandbox: Sandbox, name: string): FunctionDefinition {
  const outcome = sandbox.evaluate(sandbox.parse(`$${name}`), '{}', SETUP_MS_MAX);
  const found =
    outcome !== 'late' && 'value' in outcome ? (outcome.value as FunctionDefinition | undefined) : undefined;
  if (typeof found?.implementation !== 'function') throw new Error(`the library has no function ${name}`);
  return found;
}
