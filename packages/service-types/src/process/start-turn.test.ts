import { describe, expect, it } from '@jest/globals';
import { startTurn } from './start-turn.ts';

describe('the turn to start a program', () => {
  it('comes once in a round of the event loop, in the order of asking', async () => {
    let rounds = 0;
    let counting = true;
    const count = () => {
      rounds += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const turns = await Promise.all([0, 1, 2, 3].map((number) => startTurn().then(() => ({ number, round: rounds }))));
    counting = false;
    expect(turns.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    expect(new Set(turns.map(({ round }) => round)).size).toBe(4);
  });
});
