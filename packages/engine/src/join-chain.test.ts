import { describe, expect, it } from '@jest/globals';
import { RUN_DEPTH_MAX, RUN_DESCENDANTS_MAX } from '@runyard/domain';
import { ADMIN, engineBundle, putService } from '@runyard/testkit';
import { runService, workflowService } from '../test/workflow-samples.ts';
import type { Caller, RunRequest } from './run-request.ts';

/** A chain of runs of one service that may come again; `next` makes it one longer. */
async function recursive(maxConcurrent: number) {
  const { put, start, runs } = engineBundle();
  const limits = { allowRecursion: true, maxConcurrent };
  await put(putService(workflowService('again', [runService('s')], {}, limits)));
  let last = await start({ service: 'again' });
  const next = async (isAwaited: boolean) => {
    const parent = (await runs.get(last))?.spec;
    if (!parent) throw new Error('no parent');
    last = await start({ service: 'again', below: { parent, stepId: 's', onParentClose: 'cancel', isAwaited } });
  };
  return { next };
}

describe('a chain of runs', () => {
  const link = (depth: number, allowRecursion: boolean) => {
    const step = { ...runService('next'), service: `flow-${depth + 1}` };
    return putService(workflowService(`flow-${depth}`, [step], {}, { allowRecursion }));
  };

  async function below(depth: number) {
    const bundle = engineBundle();
    await bundle.put(...Array.from({ length: depth + 1 }, (_, index) => link(index, false)));
    let parent = (await bundle.runs.get(await bundle.start({ service: 'flow-0' })))?.spec;
    for (let next = 1; next < depth; next += 1) {
      if (!parent) throw new Error('no parent');
      const id = await bundle.start({
        service: `flow-${next}`,
        below: { parent, stepId: 'next', onParentClose: 'cancel' },
      });
      parent = (await bundle.runs.get(id))?.spec;
    }
    if (!parent) throw new Error('no parent');
    return { ...bundle, parent };
  }

  it('has ten runs at most, and the refusal names them all', async () => {
    const { start, parent } = await below(RUN_DEPTH_MAX);
    const eleventh = start({
      service: `flow-${RUN_DEPTH_MAX}`,
      below: { parent, stepId: 'next', onParentClose: 'cancel' },
    });
    await expect(eleventh).rejects.toMatchObject({
      code: 'RUN_DEPTH',
      message: expect.stringMatching(/at most 10 runs: flow-0 → flow-1 → .* → flow-10\./),
    });
  });

  it('has no service twice, unless that may come again', async () => {
    const { start, put, parent } = await below(3);
    const again = { service: 'flow-0', below: { parent, stepId: 'next', onParentClose: 'cancel' } } as const;
    await expect(start(again)).rejects.toMatchObject({
      code: 'RUN_CYCLE',
      message: expect.stringContaining('flow-0 → flow-1 → flow-2 → flow-0'),
    });
    await put(link(0, true));
    await expect(start(again)).resolves.toMatch(/^[0-9a-f]{24}$/);
  });

  it.each([1, 2])('of a service that runs %i at once waits for no more of it than begin', async (maxConcurrent) => {
    const { next } = await recursive(maxConcurrent);
    for (let inside = 1; inside < maxConcurrent; inside += 1) await next(true);
    await expect(next(true)).rejects.toMatchObject({
      code: 'RUN_CYCLE',
      message: expect.stringMatching(/^At most \d runs of 'again'.*\(max-concurrent\), and \d of them wait for this/),
    });
    // Who is let go holds up nobody: it begins when those above have ended.
    await expect(next(false)).resolves.toBeUndefined();
  });

  it('hangs below the run from which a call came, and stands for itself when that is not kept any more', async () => {
    const { start, runs, parent } = await below(2);
    const called = await start({ service: 'flow-2', lineage: { runId: parent.id, stepId: 'call' } });
    expect((await runs.get(called))?.spec.parent).toMatchObject({
      runId: parent.id,
      stepId: 'call',
      onParentClose: 'abandon',
    });
    const alone = await start({ service: 'flow-2', lineage: { runId: 'f'.repeat(24), stepId: 'call' } });
    expect((await runs.get(alone))?.spec.parent).toBeUndefined();
  });

  it('ends by a call with the run from which it came: with its deadline, and with its run time-out', async () => {
    const { start, runs, clock, put, queue } = await below(1);
    await put(link(1, true));
    const call = async (request: Partial<RunRequest>, own: Partial<RunRequest> = {}) => {
      const runId = await start({ service: 'flow-0', runTimeoutMs: 60_000, ...request });
      for (let job = queue.take(); job; job = queue.take()) await runs.claim(job, 'w1');
      clock.advance(1_000);
      const called = await start({ service: 'flow-1', lineage: { runId, stepId: 'call' }, ...own });
      return ((await runs.get(called))?.spec.deadlineMs ?? Infinity) - clock.nowMs();
    };
    expect(await call({})).toBe(59_000);
    expect(await call({ deadlineMs: clock.nowMs() + 5_000 })).toBe(4_000);
    expect(await call({}, { deadlineMs: clock.nowMs() + 3_000 })).toBe(2_000);
    await expect(call({ runTimeoutMs: 1_000 })).rejects.toMatchObject({ code: 'RUN_EXPIRED' });
  });

  it('was asked for first by who asked for the run above, while that is in work', async () => {
    const { start, runs, cancel, parent } = await below(2);
    const call = { service: 'flow-2', lineage: { runId: parent.id, stepId: 'call' } };
    const bob: Caller = { ...ADMIN, principal: { ...ADMIN.principal, name: 'bob' } };
    const initiatorOf = async (id: string) => (await runs.get(id))?.spec.initiator;
    expect(await initiatorOf(await start(call, bob))).toBe(parent.initiator);
    await cancel(parent.id, ADMIN);
    const late = await start(call, bob);
    expect(await initiatorOf(late)).toBe('bob');
    // It still counts in the chain.
    expect((await runs.get(late))?.spec.parent).toMatchObject({ runId: parent.id });
  });

  it('has so many runs below the first one and no more; a refused one takes no place', async () => {
    const { start, runs, tree, parent } = await below(1);
    for (let index = 0; index < RUN_DESCENDANTS_MAX; index += 1) {
      await tree.join(parent.id, { runId: `n${index}`, parentRunId: parent.id, stepId: 's' }, RUN_DESCENDANTS_MAX);
    }
    const before = runs.records.size;
    const one = start({ service: 'flow-1', below: { parent, stepId: 'next', onParentClose: 'cancel' } });
    await expect(one).rejects.toMatchObject({ code: 'RUN_DESCENDANTS', message: expect.stringContaining('500') });
    expect(runs.records.size).toBe(before);
    await tree.leave(parent.id, 'n0');
    await start({ service: 'flow-1', below: { parent, stepId: 'next', onParentClose: 'cancel' } });
    expect(await tree.nodes(parent.id)).toHaveLength(RUN_DESCENDANTS_MAX);
  });
});
