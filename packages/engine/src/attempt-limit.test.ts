import { describe, expect, it } from '@jest/globals';
import { AppError } from '@runyard/domain';
import { AttemptLimit } from './attempt-limit.ts';

const LONG_MS = 3_600_000;
const REASON = new AppError('RUN_CANCELLED', 'The run was cancelled.');

describe('the limit of an attempt', () => {
  it('ends every attempt under way when the turn of all of them ends, and none that was over', () => {
    const turn = new AbortController();
    const limits = Array.from({ length: 3 }, () => new AttemptLimit(turn.signal, LONG_MS));
    const { signal } = limits[0] as AttemptLimit;
    limits[2]?.end();
    turn.abort(REASON);
    expect(limits.map(({ reason }) => reason)).toEqual([REASON, REASON, null]);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(REASON);
    for (const limit of limits) limit.end();
  });

  it('has an aborted signal also when the signal is first asked for after the end', () => {
    const turn = new AbortController();
    const limit = new AttemptLimit(turn.signal, LONG_MS);
    turn.abort(REASON);
    expect(limit.signal.aborted).toBe(true);
    limit.end();
  });

  it('hears of the end of its own turn only', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const limit = new AttemptLimit(one.signal, LONG_MS);
    other.abort(REASON);
    expect(limit.reason).toBeNull();
    limit.end();
  });
});
