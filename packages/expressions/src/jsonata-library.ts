import { createRequire } from 'node:module';
import type jsonata from 'jsonata';

const load = createRequire(import.meta.url);
let library: typeof jsonata | undefined;

/** Calls at once within each other. */
const DEPTH_MAX = 300;
/** Members of one list. */
const LIST_MAX = 100_000;

/**
 * The expression, parsed. Throws what the library throws. The library is loaded by the first one: a worker does not
 * need it where its threads have it.
 */
export function parseExpression(text: string): jsonata.Expression {
  library ??= load('jsonata') as typeof jsonata;
  return library(text, { stack: DEPTH_MAX, sequence: LIST_MAX });
}
