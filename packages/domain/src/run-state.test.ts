import { describe, expect, it } from '@jest/globals';
import {
  DEVICE_STATE_LETTERS,
  DEVICE_STATES,
  type DeviceCounts,
  deviceStateOf,
  endingEvent,
  isTerminal,
  RUN_STATES,
  transition,
} from './run-state.ts';

function counts(partial: Partial<DeviceCounts>): DeviceCounts {
  return {
    total: 0,
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    unknown: 0,
    ...partial,
  };
}

describe('the state machine of a run', () => {
  it('goes from queued over running to an end', () => {
    expect(transition('queued', 'start')).toBe('running');
    expect(transition('running', 'succeed')).toBe('succeeded');
    expect(transition('running', 'fail')).toBe('failed');
  });

  it('refuses what is not in the table', () => {
    expect(transition('queued', 'succeed')).toBeNull();
    expect(transition('cancelling', 'succeed')).toBeNull();
  });

  it('knows exactly the five states that nothing can change', () => {
    expect(RUN_STATES.filter(isTerminal)).toEqual(['succeeded', 'failed', 'cancelled', 'denied', 'expired']);
  });

  it('ends a cancelling run as cancelled, whatever its devices did', () => {
    expect(endingEvent('cancelling', counts({ total: 1, succeeded: 1 }))).toBe('finish-cancel');
  });

  it.each(['failed', 'cancelled', 'unknown'] as const)('fails a run with a device that is %s', (state) => {
    expect(endingEvent('running', counts({ total: 2, succeeded: 1, [state]: 1 }))).toBe('fail');
  });

  it('lets a run succeed whose devices succeeded or were skipped', () => {
    expect(endingEvent('running', counts({ total: 2, succeeded: 1, skipped: 1 }))).toBe('succeed');
  });
});

describe('the letters of device states', () => {
  it('are different, and each leads back to its state', () => {
    for (const state of DEVICE_STATES) expect(deviceStateOf(DEVICE_STATE_LETTERS[state])).toBe(state);
  });

  it('of unfinished states are no hexadecimal digits, so that they are found among row numbers', () => {
    expect([DEVICE_STATE_LETTERS.pending, DEVICE_STATE_LETTERS.running].join('')).not.toMatch(/[0-9a-f]/);
  });
});
