import type jsonata from 'jsonata';
import { boundFunctions, checkSize, type FunctionDefinition } from './bound-functions.ts';
import { parseExpression } from './jsonata-library.ts';
import { plainValue } from './plain-value.ts';
import { reasonOf } from './reason-of.ts';

/** The value as JSON text, or why there is none. */
export type Answer = { readonly value: string } | { readonly problem: string };

export interface EvaluationRequest {
  readonly text: string;
  /** What the expression sees, as JSON text. */
  readonly input: string;
}

const PARSED_MAX = 500;

const AFTER_EACH_PART = Symbol.for('jsonata.__evaluate_exit');

/**
 * Evaluates with bounds for depth and sizes, and none for time: whoever evaluates texts of others does it where it can
 * be ended.
 */
export async function createEvaluator(): Promise<(request: EvaluationRequest) => Promise<Answer>> {
  /** In the order of last use: the first is the next to go. */
  const parsed = new Map<string, jsonata.Expression>();
  await boundFunctions(definitionOf);

  function parse(text: string): jsonata.Expression {
    const known = parsed.get(text);
    parsed.delete(text);
    const expression = known ?? parseExpression(text);
    if (!known)
      expression.assign(AFTER_EACH_PART as unknown as string, (...[, , , value]: unknown[]) => checkSize(value));
    parsed.set(text, expression);
    for (const [oldest] of parsed) {
      if (parsed.size <= PARSED_MAX) break;
      parsed.delete(oldest);
    }
    return expression;
  }

  return async ({ text, input }) => {
    try {
      return { value: JSON.stringify(plainValue(await parse(text).evaluate(JSON.parse(input)))) };
    } catch (error) {
      return { problem: reasonOf(error) };
    }
  };
}

/** What the library has under the name of a function. */
async function definitionOf(name: string): Promise<FunctionDefinition> {
  const found = (await parseExpression(`$${name}`).evaluate({})) as FunctionDefinition | undefined;
  if (typeof found?.implementation !== 'function') throw new Error(`the library has no function ${name}`);
  return found;
}
