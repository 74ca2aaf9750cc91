import { describe, expect, it } from '@jest/globals';
import type { RunState } from './run-state.ts';
import { shownStep } from './step-state.ts';
import type { StepState } from './workflow.ts';

const shown = (state: StepState, run: RunState, endedAtMs: number | null = null) =>
  shownStep(
    { state, startedAtMs: 1, endedAtMs, result: null, error: null },
    { state: run, endedAtMs: run === 'waiting' ? null : 9 },
  );

describe('a step of a run that has ended', () => {
  it.each<[StepState, string]>([
    ['requested', 'cancelled'],
    ['starting', 'cancelled'],
    ['waiting', 'cancelled'],
    ['running', 'unknown'],
  ])('that was %s is shown as %s, ended with the run', (state, expected) => {
    for (const run of ['cancelled', 'failed', 'expired', 'denied'] as const) {
      expect(shown(state, run)).toEqual({ state: expected, endedAtMs: 9 });
    }
  });

  it.each<StepState>(['succeeded', 'failed', 'skipped'])('and that was %s before is shown as that', (state) => {
    expect(shown(state, 'cancelled', 5)).toEqual({ state, endedAtMs: 5 });
  });
});

describe('a step of a run that has not ended', () => {
  it.each<StepState>(['requested', 'starting', 'waiting', 'running'])('is shown as %s', (state) => {
    expect(shown(state, 'waiting')).toEqual({ state, endedAtMs: null });
    expect(shown(state, 'cancelling').state).toBe(state);
  });
});
