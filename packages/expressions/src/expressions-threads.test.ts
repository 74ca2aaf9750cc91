import { afterAll, describe, expect, it } from '@jest/globals';
import { createExpressions } from './expressions.ts';

const TEST_MS = 60_000;
const expressions = createExpressions();
/** Lets the endless ones go on for so long that only a test ends them. */
const patient = createExpressions(TEST_MS);
afterAll(() => Promise.all([expressions.stop(), patient.stop()]));

/** Some tenths of a second on a processor. */
const SLOW = '$sum([1..40000].($ * 2)) > 0';
const ENDLESS = '($f := function($x) { $f($x) }; $f(1))';
const FILLS_MEMORY = '[1..100000].[1..100000]';
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'EXPRESSION_INVALID', message: expect.stringMatching(message) });

/** What the promise came to, and how often the event loop turned meanwhile. */
async function turnsDuring<Value>(work: Promise<Value>): Promise<{ readonly value: Value; readonly turns: number }> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  const value = await work.finally(() => clearImmediate(next));
  return { value, turns };
}

describe('expressions that take long', () => {
  it.each([
    ['a long sum', SLOW, true],
    ['one that never ends', ENDLESS, null],
    ['a regular expression that backtracks', '$match($pad("", 40, "a") & "b", /(a+)+$/)', null],
    ['one that fills the memory', FILLS_MEMORY, null],
  ])(
    'let the event loop go on: %s',
    async (_, text, expected) => {
      const { value, turns } = await turnsDuring(expressions.evaluate(text, {}).catch(() => null));
      expect(value).toBe(expected);
      // In the thread of whoever asks it would be one or two.
      expect(turns).toBeGreaterThan(20);
    },
    TEST_MS,
  );

  it(
    'are not held up by those that wait: that is not their time',
    async () => {
      const all = Array.from({ length: 4 }, () => expressions.evaluate(SLOW, {}));
      await expect(Promise.all(all)).resolves.toEqual(all.map(() => true));
    },
    TEST_MS,
  );

  it(
    'hold up no quick ones, and end with the signal, in work and in the line',
    async () => {
      const controller = new AbortController();
      const reason = new Error('the run was cancelled');
      const bombs = Array.from({ length: 5 }, () => patient.evaluate(ENDLESS, {}, controller.signal));
      await expect(patient.evaluate('2 + 2', {})).resolves.toBe(4);
      controller.abort(reason);
      await expect(Promise.allSettled(bombs)).resolves.toEqual(bombs.map(() => ({ status: 'rejected', reason })));
      await expect(patient.evaluate('1', {}, controller.signal)).rejects.toBe(reason);
      await expect(patient.evaluate('3 + 3', {})).resolves.toBe(6);
    },
    TEST_MS,
  );

  it(
    'fail alone when their thread runs out of memory',
    async () => {
      const quick = () => Promise.all([1, 2, 3].map((number) => expressions.evaluate(`${number} * 2`, {})));
      const [failed, before] = await Promise.all([
        expressions.evaluate(FILLS_MEMORY, {}).catch((error: unknown) => error),
        quick(),
      ]);
      expect(failed).toEqual(invalid(/too much memory/));
      expect([before, await quick()]).toEqual([
        [2, 4, 6],
        [2, 4, 6],
      ]);
    },
    TEST_MS,
  );
});

describe('expressions that are stopped', () => {
  it('reject what is under way and what comes then, and stop twice', async () => {
    const stopped = createExpressions();
    const both = Promise.allSettled([0, 1].map(() => stopped.evaluate(SLOW, {})));
    await Promise.all([stopped.stop(), stopped.stop()]);
    const rejected = { status: 'rejected', reason: new Error('the evaluation of expressions was stopped') };
    await expect(both).resolves.toEqual([rejected, rejected]);
    await expect(stopped.evaluate('1', {})).rejects.toThrow('was stopped');
  });

  it('stop before anything was evaluated', async () => {
    await expect(createExpressions().stop()).resolves.toBeUndefined();
  });
});
