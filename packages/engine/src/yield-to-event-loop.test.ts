import { describe, expect, it } from '@jest/globals';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

/** Longer than what goes into one turn. */
function workLong(): void {
  const beganAtMs = performance.now();
  while (performance.now() - beganAtMs < 12);
}

/** What was done in which order, with the turns of the event loop between. */
async function orderOf(runIds: readonly string[]): Promise<readonly string[]> {
  const order: string[] = [];
  let next = setImmediate(function turn() {
    order.push('turn');
    next = setImmediate(turn);
  });
  const work = runIds.map(async (runId) => {
    await yieldToEventLoop(runId);
    // As far as a device gets before its templates.
    await Promise.resolve();
    workLong();
    order.push(runId);
  });
  await Promise.all(work);
  clearImmediate(next);
  return order;
}

describe('yielding to the event loop', () => {
  it('lets it turn between pieces of work that take long, though all were asked for at once', async () => {
    const order = await orderOf(Array.from({ length: 6 }, () => 'a'));
    expect(order.filter((what) => what === 'a')).toHaveLength(6);
    expect(order.filter((what, index) => what === 'a' && order[index - 1] === 'a')).toEqual([]);
  });

  it('gives runs their turns one after the other, however much one of them has to do', async () => {
    const order = await orderOf(['a', 'a', 'a', 'a', 'b', 'c', 'b']);
    expect(order.filter((what) => what !== 'turn')).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'a']);
  });
});
