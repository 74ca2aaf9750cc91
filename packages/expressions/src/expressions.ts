import { AppError, type Expressions, type JsonValue } from '@runyard/domain';
import type jsonata from 'jsonata';
import { checkSize } from './bound-functions.ts';
import { NotPlain, plainValue } from './plain-value.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

const LENGTH_MAX = 10_000;
const INPUT_LENGTH_MAX = 20_000_000;
const TIME_MS_MAX = 500;
const MESSAGE_CHARS_MAX = 500;
const PARSED_MAX = 500;

const AFTER_EACH_PART = Symbol.for('jsonata.__evaluate_exit');

/**
 * Expressions of JSONata. They see their input and nothing else, and what they may use is bounded: 500 ms, calls 300 deep,
 * texts of a million characters, lists of 100,000 members.
 */
export function createExpressions(): Expressions {
  let sandbox: Sandbox | null = null;
  /** In the order of last use: the first is the next to go. They belong to the sandbox. */
  const parsed = new Map<string, jsonata.Expression>();

  function parse(text: string): jsonata.Expression {
    if (text.length > LENGTH_MAX) throw new NotPlain(`the expression is longer than ${LENGTH_MAX} characters`);
    const known = parsed.get(text);
    parsed.delete(text);
    sandbox ??= createSandbox();
    const expression = known ?? sandbox.parse(text);
    if (!known)
      expression.assign(AFTER_EACH_PART as unknown as string, (...[, , , value]: unknown[]) => checkSize(value));
    parsed.set(text, expression);
    for (const [oldest] of parsed) {
      if (parsed.size <= PARSED_MAX) break;
      parsed.delete(oldest);
    }
    return expression;
  }

  function evaluate(text: string, input: JsonValue): JsonValue {
    const expression = parse(text);
    const data = JSON.stringify(input);
    if (data.length > INPUT_LENGTH_MAX) throw new NotPlain(`the data have more than ${INPUT_LENGTH_MAX} characters`);
    const outcome = sandbox?.evaluate(expression, data, TIME_MS_MAX) ?? 'late';
    if (outcome !== 'late') {
      if ('error' in outcome) throw outcome.error;
      return plainValue(outcome.value);
    }
    // Whatever it was at is still there.
    sandbox = null;
    parsed.clear();
    throw new NotPlain(`the expression took longer than ${TIME_MS_MAX} ms`);
  }

  return {
    problem(text) {
      try {
        parse(text);
        return null;
      } catch (error) {
        return reasonOf(error);
      }
    },
    evaluate(text, input) {
      try {
        return Promise.resolve(evaluate(text, input));
      } catch (error) {
        return Promise.reject(new AppError('EXPRESSION_INVALID', reasonOf(error), { cause: error }));
      }
    },
  };
}

/** What the library throws is an error of another world, or a plain object with a text and a place. */
function reasonOf(error: unknown): string {
  const { message, position } = (error ?? {}) as { message?: unknown; position?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : 'it cannot be evaluated';
  if (/call stack size/i.test(text)) return 'it is nested too deeply';
  const place = typeof position === 'number' ? ` (at character ${position})` : '';
  return `${text.slice(0, MESSAGE_CHARS_MAX)}${place}`;
}
