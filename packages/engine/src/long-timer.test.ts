import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { abortableDelay } from './abortable-delay.ts';
import { startLongTimer } from './long-timer.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a timer', () => {
  it.each([1, 24, 25, 30, 80])('calls back after %i days and not before', (days) => {
    const onTime = jest.fn();
    startLongTimer(days * DAY_MS, onTime);
    jest.advanceTimersByTime(days * DAY_MS - 1);
    expect(onTime).toHaveBeenCalledTimes(0);
    jest.advanceTimersByTime(1);
    expect(onTime).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([1, 29])('that is stopped after %i days leaves nothing behind', (days) => {
    const onTime = jest.fn();
    const timer = startLongTimer(30 * DAY_MS, onTime);
    jest.advanceTimersByTime(days * DAY_MS);
    timer.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(30 * DAY_MS);
    expect(onTime).not.toHaveBeenCalled();
  });
});

describe('a delay', () => {
  it('of 30 days lasts 30 days', async () => {
    let isOver = false;
    const delay = abortableDelay(30 * DAY_MS, new AbortController().signal).then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(30 * DAY_MS - 1);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await delay;
  });

  it('of 30 days ends with its signal, also after the first 25', async () => {
    const abort = new AbortController();
    const delay = abortableDelay(30 * DAY_MS, abort.signal);
    await jest.advanceTimersByTimeAsync(25 * DAY_MS);
    abort.abort(new Error('no more'));
    await expect(delay).rejects.toThrow('no more');
    expect(jest.getTimerCount()).toBe(0);
  });
});
