import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WorkflowStep } from '@runyard/domain';
import { engineBundle, putService, RunDriver } from '@runyard/testkit';
import { workflowService, workStep } from '../../test/workflow-samples.ts';

const DAY_MS = 86_400_000;
const REST = { id: 'step', type: 'wait', onError: 'fail', durationMs: 29 * DAY_MS } as const;
const ASK = { id: 'step', type: 'approve', onError: 'fail', message: 'Go on?' } as const;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A workflow whose first step waits, and that may take 30 days. */
async function waiting(step: WorkflowStep) {
  const bundle = engineBundle();
  const steps = [step, workStep('after')];
  await bundle.put(putService(workflowService('flow', steps, {}, { runTimeoutMs: 30 * DAY_MS })));
  const id = await bundle.start({ service: 'flow' });
  const driver = new RunDriver(bundle);
  await driver.until(async () => (await bundle.runs.get(id))?.state === 'waiting');
  return {
    id,
    driver,
    record: () => bundle.runs.get(id),
    result: async () => (await bundle.runs.device(id, ''))?.result,
    passes: async (days: number) => {
      bundle.clock.advance(days * DAY_MS);
      jest.advanceTimersByTime(days * DAY_MS);
      let turns = 0;
      // Whatever a timer set going is done.
      await driver.until(() => (turns += 1) > 20);
    },
  };
}

describe('a wait of 29 days', () => {
  it('lasts 29 days', async () => {
    const { id, driver, passes, record, result } = await waiting(REST);
    await passes(28);
    expect((await record())?.state).toBe('waiting');
    await passes(1);
    await driver.untilEnded(id);
    expect((await result())?.result).toMatchObject({ after: 'ok' });
  });
});

describe('a run that may take 30 days', () => {
  it('takes 30 days before it is too late', async () => {
    const { id, driver, passes, record, result } = await waiting(ASK);
    await passes(29);
    expect((await record())?.state).toBe('waiting');
    await passes(1);
    await driver.untilEnded(id);
    expect((await result())?.error?.code).toBe('RUN_TIMEOUT');
  });
});
