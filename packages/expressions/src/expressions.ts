import { availableParallelism } from 'node:os';
import { AppError, type Expressions, type JsonValue, type StartStop } from '@runyard/domain';
import { EvaluationLane } from './evaluation-lane.ts';
import type { Outcome } from './evaluation-thread.ts';
import type { EvaluationRequest } from './evaluator.ts';
import { parseExpression } from './jsonata-library.ts';
import { reasonOf } from './reason-of.ts';

const LENGTH_MAX = 10_000;
const INPUT_LENGTH_MAX = 20_000_000;
const TOO_LONG = `the expression is longer than ${LENGTH_MAX} characters`;

/** On a processor. */
const TIME_MS_MAX = 500;
/** From the beginning: a machine so busy that a processor is got so seldom is no place for expressions. */
const WALL_MS_MAX = 10_000;
/** Whatever takes longer waits in the line of the slow ones. A thousand times what most take. */
const QUICK_LIMIT = { processorMs: 50, wallMs: 1_000 };
const SLOW_THREADS = Math.min(2, Math.max(1, availableParallelism() - 1));
const SLOW_KNOWN_MAX = 500;

/** Stopping ends the threads; what is evaluated then is rejected. Nothing has to be started. */
export type EvaluatedExpressions = Expressions & Pick<StartStop, 'stop'>;

/**
 * Expressions of JSONata. They see their input and nothing else, and what they may use is bounded: 500 ms of a
 * processor, calls 300 deep, texts of a million characters, lists of 100,000 members, 256 MB in all.
 *
 * They are evaluated in threads of their own, so that this one goes on whatever they do. There are two lines: quick
 * ones do not wait for slow ones. Which is which shows when it is tried; an expression that was slow is remembered as
 * such until it was quick again. As expressions change nothing, one that was ended in the one line begins anew in the
 * other.
 */
export function createExpressions(timeMsMax = TIME_MS_MAX): EvaluatedExpressions {
  const quick = new EvaluationLane(1, QUICK_LIMIT);
  const slow = new EvaluationLane(SLOW_THREADS, { processorMs: timeMsMax, wallMs: WALL_MS_MAX });
  /** In the order in which they were found to be slow: the first is the next to be forgotten. */
  const knownSlow = new Set<string>();
  let stopped = false;

  async function outcomeOf(request: EvaluationRequest, signal?: AbortSignal): Promise<Outcome> {
    const { text } = request;
    const isKnownSlow = () => knownSlow.has(text);
    if (!isKnownSlow()) {
      // Asked again when it is its turn: of many that came at once only the first one is tried.
      const outcome = await quick.evaluate(request, signal, isKnownSlow);
      if (outcome !== 'late') return outcome;
      remember(text);
    }
    const outcome = await slow.evaluate(request, signal);
    if (typeof outcome === 'object' && outcome.tookMs < QUICK_LIMIT.processorMs) knownSlow.delete(text);
    return outcome;
  }

  function remember(text: string): void {
    knownSlow.add(text);
    for (const oldest of knownSlow) {
      if (knownSlow.size <= SLOW_KNOWN_MAX) break;
      knownSlow.delete(oldest);
    }
  }

  return {
    problem(text) {
      if (text.length > LENGTH_MAX) return TOO_LONG;
      try {
        parseExpression(text);
        return null;
      } catch (error) {
        return reasonOf(error);
      }
    },
    async evaluate(text, input, signal) {
      signal?.throwIfAborted();
      if (text.length > LENGTH_MAX) throw invalid(TOO_LONG);
      const data = JSON.stringify(input);
      if (data.length > INPUT_LENGTH_MAX) throw invalid(`the data have more than ${INPUT_LENGTH_MAX} characters`);
      const outcome = await outcomeOf({ text, input: data }, signal);
      signal?.throwIfAborted();
      if (outcome === 'lost' && stopped) throw new Error('the evaluation of expressions was stopped');
      if (typeof outcome === 'object' && 'value' in outcome) return JSON.parse(outcome.value) as JsonValue;
      throw invalid(problemOf(outcome, timeMsMax));
    },
    async stop() {
      stopped = true;
      await Promise.all([quick.stop(), slow.stop()]);
    },
  };
}

function problemOf(outcome: Exclude<Outcome, { readonly value: string }>, timeMsMax: number): string {
  if (typeof outcome === 'object') return outcome.problem;
  if (outcome === 'late') return `the expression took longer than ${timeMsMax} ms`;
  if (outcome === 'out-of-memory') return 'the expression needs too much memory';
  return 'the evaluation of the expression came to an end without a value';
}

function invalid(problem: string): AppError {
  return new AppError('EXPRESSION_INVALID', problem);
}
