import { describe, expect, it } from '@jest/globals';
import type { WorkflowStep } from '@runyard/domain';
import {
  ADMIN,
  type DeathMoment,
  engineBundle,
  type EngineBundle,
  putService,
  requestOf,
  RunDriver,
  sampleService,
} from '@runyard/testkit';
import { forEach, markOf, runService, workflowService, workStep } from '../../test/workflow-samples.ts';

/** A workflow whose work says what was done, and fails while its mark is among `broken`. */
async function setup(steps: readonly WorkflowStep[]) {
  const works: string[] = [];
  const broken = new Set<string>();
  const atWork = new Map<string, () => Promise<unknown>>();
  const bundle = engineBundle({
    work: async ({ service, render, params }) => {
      const name = markOf(service);
      const value = name === 'one' ? render('{{ value }}') : params['value'];
      const mark = value === undefined ? name : `${name}:${JSON.stringify(value).replaceAll('"', '')}`;
      works.push(mark);
      await atWork.get(mark)?.();
      return { success: !broken.has(mark), result: mark };
    },
  });
  await bundle.put(
    putService(workflowService('flow', steps)),
    putService(sampleService('child', { type: 'test', runMethod: 'once', settings: { mark: 'child' } })),
  );
  return { ...bundle, bundle, works, broken, atWork };
}

async function ended(bundle: EngineBundle, id: string) {
  await new RunDriver(bundle).untilEnded(id);
  return (await bundle.runs.device(id, ''))?.result;
}

async function resumeOf(bundle: EngineBundle, rerunOf: string): Promise<string> {
  const answer = await bundle.accept(requestOf({ service: 'flow', rerunOf, resume: true }), ADMIN);
  if (answer.kind !== 'accepted') throw new Error(answer.kind);
  return answer.spec.id;
}

describe('a resumed workflow with a for-each', () => {
  const values = ['a', 'b', 'c', 'd'];
  const childRuns = ({ runs }: EngineBundle) => [...runs.records.values()].filter(({ spec }) => spec.parent).length;

  it('goes on at the value that failed, and starts no run again that had succeeded', async () => {
    const step = runService('child', { params: { value: '{{ value }}' } });
    const { bundle, works, broken, start } = await setup([forEach('each', values, step), workStep('after')]);
    broken.add('child:c');
    const first = await start({ service: 'flow' });
    expect((await ended(bundle, first))?.state).toBe('failed');
    expect(works.splice(0)).toEqual(['child:a', 'child:b', 'child:c']);
    broken.clear();
    expect(await ended(bundle, await resumeOf(bundle, first))).toMatchObject({
      state: 'succeeded',
      result: { each: ['child:a', 'child:b', 'child:c', 'child:d'], after: 'after' },
    });
    expect(works).toEqual(['child:c', 'child:d', 'after']);
    expect(childRuns(bundle)).toBe(3 + 2);
  });

  it('keeps the values that it had when it began', async () => {
    const step = workStep('one');
    const { bundle, works, broken, start } = await setup([forEach('each', '[$millis(), "b"]', step)]);
    broken.add('one:b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    broken.clear();
    const [before = ''] = works.splice(0);
    expect((await ended(bundle, await resumeOf(bundle, first)))?.result).toEqual({ each: [before, 'one:b'] });
    expect(works).toEqual(['one:b']);
  });

  it('does not repeat a failure after which its step went on', async () => {
    const step = workStep('one', { onError: 'continue' });
    const set = await setup([workStep('a'), forEach('each', values, step)]);
    const { bundle, works, broken, atWork, start, cancel } = set;
    const first = await start({ service: 'flow' });
    broken.add('one:a');
    atWork.set('one:c', () => cancel(first, ADMIN));
    expect((await ended(bundle, first))?.state).toBe('cancelled');
    expect(works.splice(0)).toEqual(['a', 'one:a', 'one:b', 'one:c']);
    broken.clear();
    atWork.clear();
    const result = await ended(bundle, await resumeOf(bundle, first));
    expect(result).toMatchObject({ state: 'succeeded', result: { each: values.map((value) => `one:${value}`) } });
    expect(works).toEqual(['one:d']);
  });

  it.each<DeathMoment>(['before', 'after'])(
    'does none of its values again, whenever the worker dies (%s a write)',
    async (moment) => {
      for (let diesAt = 1; ; diesAt += 1) {
        const { bundle, works, broken, start } = await setup([forEach('each', values, workStep('one'))]);
        broken.add('one:c');
        const first = await start({ service: 'flow' });
        await ended(bundle, first);
        works.splice(0);
        broken.clear();
        const again = await resumeOf(bundle, first);
        let isDead = false;
        const onDeath = () => void (isDead = true);
        const driver = new RunDriver(bundle, { worker: { diesAt, moment, onDeath } });
        await driver.untilEnded(again);
        expect((await bundle.runs.device(again, ''))?.result).toMatchObject({
          state: 'succeeded',
          result: { each: values.map((value) => `one:${value}`) },
        });
        expect({ diesAt, works: [...new Set(works)] }).toEqual({ diesAt, works: ['one:c', 'one:d'] });
        if (!isDead) break;
      }
    },
    60_000,
  );
});

describe('a resumed workflow in which a failure was dealt with', () => {
  it('goes on at the step that ended it, not at the failure before', async () => {
    const steps = [workStep('a', { onFailure: ['undo'] }), workStep('undo'), workStep('b'), workStep('c')];
    const { bundle, works, broken, start } = await setup(steps);
    broken.add('a').add('b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    expect(works.splice(0)).toEqual(['a', 'undo', 'b']);
    broken.clear();
    expect((await ended(bundle, await resumeOf(bundle, first)))?.state).toBe('succeeded');
    expect(works).toEqual(['b', 'c']);
  });

  it('does not repeat a failure that counted as success', async () => {
    const { bundle, works, broken, start } = await setup([workStep('a', { onError: 'continue' }), workStep('b')]);
    broken.add('a').add('b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    works.splice(0);
    broken.clear();
    expect((await ended(bundle, await resumeOf(bundle, first)))?.state).toBe('succeeded');
    expect(works).toEqual(['b']);
  });
});

describe('a resumed workflow with which a worker had been lost', () => {
  it('counts the workers that are lost with it anew', async () => {
    const { bundle, broken, start, steps } = await setup([workStep('a'), workStep('b')]);
    broken.add('b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    const a = (await steps.read(first, '', ['a'])).get('a');
    if (!a) throw new Error('not begun');
    await steps.change({ runId: first, device: '', step: 'a' }, 'succeeded', { ...a, losses: 1 });
    const second = await resumeOf(bundle, first);
    await ended(bundle, second);
    expect((await steps.read(second, '', ['a'])).get('a')).toMatchObject({ state: 'succeeded' });
    expect((await steps.read(second, '', ['a'])).get('a')?.losses).toBeUndefined();
  });
});

describe('a workflow that resumes one that was resumed before', () => {
  it('goes on where the first one stopped when nothing had begun since', async () => {
    const { bundle, works, broken, start, cancel } = await setup([workStep('a'), workStep('b'), workStep('c')]);
    broken.add('b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    let last = first;
    for (let resumes = 0; resumes < 3; resumes += 1) {
      last = await resumeOf(bundle, last);
      await cancel(last, ADMIN);
    }
    works.splice(0);
    broken.clear();
    expect(await ended(bundle, await resumeOf(bundle, last))).toMatchObject({
      state: 'succeeded',
      result: { a: 'a', b: 'b', c: 'c' },
    });
    expect(works).toEqual(['b', 'c']);
  });

  it('fails when a run in between is not kept any more', async () => {
    const { bundle, works, broken, start, cancel, runs } = await setup([workStep('a'), workStep('b')]);
    broken.add('b');
    const first = await start({ service: 'flow' });
    await ended(bundle, first);
    const second = await resumeOf(bundle, first);
    await cancel(second, ADMIN);
    const third = await resumeOf(bundle, second);
    runs.records.delete(first);
    works.splice(0);
    expect((await ended(bundle, third))?.error?.code).toBe('RUN_NOT_FOUND');
    expect(works).toEqual([]);
  });
});
