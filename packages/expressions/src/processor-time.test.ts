import { describe, expect, it } from '@jest/globals';
import { ownThread, processorMs } from './processor-time.ts';

const ROUNDS_MAX = 1e6;

describe('the time of a thread on a processor', () => {
  it('grows while it works, where the system tells it', () => {
    const thread = ownThread();
    const before = processorMs(thread);
    let after = before;
    for (let round = 0; round < ROUNDS_MAX && after !== null && after === before; round += 1) {
      after = processorMs(thread);
    }
    expect({ before, isKnown: before !== null, hasGrown: (after ?? 1) > (before ?? 0) }).toEqual({
      before,
      isKnown: process.platform === 'linux',
      hasGrown: true,
    });
  });

  it('is not known of a thread that is not there', () => {
    expect(processorMs(null)).toBeNull();
    expect(processorMs('0/task/0')).toBeNull();
  });
});
