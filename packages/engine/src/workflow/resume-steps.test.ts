import { describe, expect, it } from '@jest/globals';
import { ADMIN, type DeathMoment, engineBundle, putService, requestOf, RunDriver } from '@runyard/testkit';
import { markOf, workflowService, workStep } from '../../test/workflow-samples.ts';

const STEPS = [
  workStep('a', { result: { seen: '$' } }),
  workStep('b', { result: { more: '$' } }),
  workStep('c'),
  workStep('d'),
  workStep('e'),
];

/** A run of five steps that failed at the fourth one, which would succeed now. */
async function failedRun() {
  const works: string[] = [];
  let isBroken = true;
  const bundle = engineBundle({
    work: ({ service }) => {
      const mark = markOf(service);
      works.push(mark);
      return { success: !(isBroken && mark === 'd'), result: mark };
    },
  });
  await bundle.put(putService(workflowService('flaky', STEPS, { result: '{ "seen": vars.seen, "more": vars.more }' })));
  const first = await bundle.start({ service: 'flaky' });
  await new RunDriver(bundle).untilEnded(first);
  expect((await bundle.runs.get(first))?.state).toBe('failed');
  expect(works.splice(0)).toEqual(['a', 'b', 'c', 'd']);
  isBroken = false;
  return { ...bundle, bundle, works, first };
}

const resumed = (first: string) => requestOf({ service: 'flaky', rerunOf: first, resume: true });

describe('a workflow that is resumed', () => {
  it('goes on at the step that failed, with what the steps before had given', async () => {
    const { bundle, works, first, runs, accept } = await failedRun();
    const answer = await accept(resumed(first), ADMIN);
    if (answer.kind !== 'accepted') throw new Error(answer.kind);
    await new RunDriver(bundle).untilEnded(answer.spec.id);
    expect(works).toEqual(['d', 'e']);
    expect((await runs.device(answer.spec.id, ''))?.result).toMatchObject({
      state: 'succeeded',
      result: { seen: 'a', more: 'b' },
    });
  });

  it.each<DeathMoment>(['before', 'after', 'refused'])(
    'runs no step again that had succeeded, whenever the worker is disturbed (%s a write)',
    async (moment) => {
      let writes = 0;
      for (let diesAt = 1; ; diesAt += 1) {
        const { bundle, works, first, accept, runs } = await failedRun();
        let write: string | null = null;
        const onDeath = (name: string) => void (write = name);
        // A result of a device that is refused is tried again by itself, half a second later.
        const counted = moment === 'refused' ? { writes: ['claim', 'write'] } : {};
        const driver = new RunDriver(bundle, { worker: { diesAt, moment, onDeath, ...counted } });
        const answer = await accept(resumed(first), ADMIN);
        if (answer.kind !== 'accepted') throw new Error(answer.kind);
        await driver.untilEnded(answer.spec.id);
        const { result } = (await runs.device(answer.spec.id, '')) ?? {};
        expect({ diesAt, write, works: [...new Set(works)] }).toEqual({ diesAt, write, works: ['d', 'e'] });
        expect(result).toMatchObject({ state: 'succeeded', result: { seen: 'a', more: 'b' } });
        if (write === null) break;
        writes = diesAt;
      }
      expect(writes).toBeGreaterThanOrEqual(8);
    },
    60_000,
  );

  it('fails when the run that it resumes is not kept any more: nothing is run again unasked', async () => {
    const { bundle, works, first, runs, accept } = await failedRun();
    const answer = await accept(resumed(first), ADMIN);
    if (answer.kind !== 'accepted') throw new Error(answer.kind);
    runs.records.delete(first);
    await new RunDriver(bundle).untilEnded(answer.spec.id);
    expect((await runs.device(answer.spec.id, ''))?.result?.error?.code).toBe('RUN_NOT_FOUND');
    expect(works).toEqual([]);
  });

  it('goes on after a take-over though the run that it resumes is not kept any more', async () => {
    const { bundle, works, first, runs, steps, accept } = await failedRun();
    const answer = await accept(resumed(first), ADMIN);
    if (answer.kind !== 'accepted') throw new Error(answer.kind);
    const { id } = answer.spec;
    // It dies when it has taken all over: after the claim and three steps.
    const driver = new RunDriver(bundle, {
      worker: { diesAt: 4, moment: 'after', writes: ['claim', 'write'], onDeath: () => runs.records.delete(first) },
    });
    await driver.untilEnded(id);
    expect((await steps.read(id, '', ['a', 'b', 'c'])).size).toBe(3);
    expect(works).toEqual(['d', 'e']);
  });
});
