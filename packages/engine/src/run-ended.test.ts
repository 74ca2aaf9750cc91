import { describe, expect, it } from '@jest/globals';
import type { RunSpec } from '@runyard/domain';
import { MemoryLog, MemoryRunGate, MemoryRunQueue, MemoryRunStore, sampleSpec, TestClock } from '@runyard/testkit';
import { createMendGate } from './mend-gate.ts';
import { createRunEnded } from './run-ended.ts';

function setup() {
  const clock = new TestClock();
  const runs = new MemoryRunStore({ clock });
  const queue = new MemoryRunQueue();
  const gate = new MemoryRunGate();
  const log = new MemoryLog();
  /** A run of the service that was accepted and asked to be let in. */
  const arrive = async (maxConcurrent = 1): Promise<RunSpec> => {
    const spec = sampleSpec({ service: 'backup', maxConcurrent });
    await runs.accept(spec, null);
    await gate.enter(spec.service, spec.id, spec.createdAtUs, maxConcurrent);
    return spec;
  };
  const end = (spec: RunSpec) => runs.fail(spec.id, { code: 'TARGETS_EMPTY', message: 'No device is left.' });
  const deps = { gate, queue, runs, log, clock };
  return { ...deps, arrive, end, ended: createRunEnded(deps), mend: createMendGate(deps) };
}

describe('the end of a run whose service limits the runs in work', () => {
  it('has the next in the line planned', async () => {
    const { arrive, end, ended, queue } = setup();
    const [first, second] = [await arrive(), await arrive()];
    await arrive();
    await end(first);
    await ended(first);
    expect(queue.delayedPlans.map(({ runId }) => runId)).toEqual([second.id]);
  });

  it('takes those out of the line that ended while they waited, and has the one behind them planned', async () => {
    const { arrive, end, ended, queue, gate } = setup();
    const specs = [await arrive(), await arrive(), await arrive(), await arrive()] as const;
    for (const spec of specs.slice(0, 3)) await end(spec);
    await ended(specs[0]);
    expect(queue.delayedPlans.map(({ runId }) => runId)).toEqual([specs[3].id]);
    expect(await gate.members('backup')).toEqual({ inside: [], line: [specs[3].id] });
  });

  it('asks nothing when the service has no limit', async () => {
    const { ended, queue, log } = setup();
    await ended(sampleSpec());
    expect(queue.delayedPlans).toEqual([]);
    expect(log.entries).toEqual([]);
  });

  it('is no failure of the run when the place cannot be given on', async () => {
    const { runs, queue, gate, log } = setup();
    gate.leave = () => Promise.reject(new Error('Redis is away'));
    await createRunEnded({ runs, queue, gate, log })(sampleSpec({ maxConcurrent: 1 }));
    expect(log.entries).toMatchObject([{ level: 'warn', message: 'the place of an ended run was not given on' }]);
  });
});

describe('mending a gate', () => {
  it('takes out who ended inside and did not leave, once', async () => {
    const { arrive, end, mend, clock, queue } = setup();
    const [first, second] = [await arrive(), await arrive()];
    await end(first);
    clock.advance(6_000);
    expect(await mend('backup')).toBe(1);
    expect(queue.delayedPlans.map(({ runId }) => runId)).toEqual([second.id]);
    expect(await mend('backup')).toBe(0);
  });

  it('leaves alone who is in work, and who ended only a moment ago', async () => {
    const { arrive, end, mend, clock, gate } = setup();
    const [first, second] = [await arrive(2), await arrive(2)];
    clock.advance(60_000);
    await end(first);
    expect(await mend('backup')).toBe(0);
    expect((await gate.members('backup')).inside).toEqual([first.id, second.id]);
  });

  it('takes out a run without a record', async () => {
    const { gate, mend } = setup();
    await gate.enter('backup', 'a'.repeat(24), 1, 1);
    expect(await mend('backup')).toBe(1);
    expect((await gate.members('backup')).inside).toEqual([]);
  });
});
