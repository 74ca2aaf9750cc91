import { describe, expect, it } from '@jest/globals';
import type { ApproveStep, JsonObject, JsonValue, WorkflowSettings, WorkflowStep } from '@runyard/domain';
import {
  ADMIN,
  type DeviceWork,
  engineBundle,
  putDevice,
  putService,
  RunDriver,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { forEach, ifStep, markOf, runService, workflowService, workStep } from '../../test/workflow-samples.ts';

async function setup(steps: readonly WorkflowStep[], work?: DeviceWork, settings: Partial<WorkflowSettings> = {}) {
  const works: string[] = [];
  const bundle = engineBundle({
    work: (task) => {
      works.push(markOf(task.service));
      return work ? work(task) : { success: true, result: 'ok' };
    },
  });
  const child = { type: 'test', settings: { mark: 'child' } };
  await bundle.put(
    ...['d1', 'd2'].map((name) => putDevice(sampleDevice(name))),
    putService(workflowService('flow', steps, settings)),
    putService(sampleService('child', { ...child, runMethod: 'once' })),
    putService(sampleService('many', child)),
  );
  const driver = new RunDriver(bundle);
  return {
    ...bundle,
    bundle,
    works,
    driver,
    /** Plays a run to its end and gives its one result. */
    result: async (params: JsonObject = {}, play = driver) => {
      const id = await bundle.start({ service: 'flow', params, payload: params });
      await play.untilEnded(id);
      return (await bundle.runs.device(id, ''))?.result;
    },
  };
}

const ASK = { id: 'ask', type: 'approve', onError: 'fail', message: 'Push {{ params.config }}?' } as const;
const failing: DeviceWork = ({ service }) =>
  markOf(service) === 'bad'
    ? { success: false, result: 'half', error: { code: 'COMMAND_FAILED', message: 'no such command' } }
    : { success: true, result: 'ok' };

describe('the result of a workflow', () => {
  it('is what each step gave, by its id, when nothing else is said', async () => {
    const { result } = await setup([workStep('a'), workStep('b')]);
    expect(await result()).toMatchObject({ state: 'succeeded', result: { a: 'ok', b: 'ok' } });
  });

  it('is an expression over all that the steps gave', async () => {
    const steps = [workStep('a', { result: { size: '$length($)' } }), workStep('b')];
    const { result } = await setup(steps, undefined, {
      result: '{ "n": vars.size, "b": steps.b.state, "p": params.p }',
    });
    expect(await result({ p: 7 })).toMatchObject({ result: { n: 2, b: 'succeeded', p: 7 } });
  });

  it('is a failure that names the step and its reason, with what the steps before gave', async () => {
    const { result, works } = await setup([workStep('a'), workStep('bad'), workStep('c')], failing);
    expect(await result()).toMatchObject({
      state: 'failed',
      result: { a: 'ok', bad: 'half' },
      error: { code: 'COMMAND_FAILED', message: "The step 'bad' failed: no such command" },
    });
    expect(works).toEqual(['a', 'bad']);
  });

  it('is a success when an edge of the failure leads to steps that succeed', async () => {
    const steps = [workStep('bad', { onFailure: ['mend'], onSuccess: ['c'] }), workStep('c'), workStep('mend')];
    const { result, works } = await setup(steps, failing);
    expect((await result())?.state).toBe('succeeded');
    expect(works).toEqual(['bad', 'mend']);
  });

  it('is a failure when its expression cannot be evaluated', async () => {
    const { result } = await setup([workStep('a')], undefined, { result: '$error("no")' });
    expect(await result()).toMatchObject({ state: 'failed', error: { code: 'EXPRESSION_INVALID' } });
  });
});

describe('an if', () => {
  it.each<[string, boolean]>([
    ['params.n = 7', true],
    ['params.n', true],
    ['params.none', false],
    ['0', false],
    ['""', false],
    ['"no"', true],
    ['[]', false],
    ['[0, ""]', false],
    ['[0, 1]', true],
    ['{}', false],
    ['{ "a": null }', true],
    ['null', false],
  ])('takes %s for %s', async (when, expected) => {
    const which = ifStep('which', when, [['yes'], ['no']]);
    const { result, works } = await setup([which, workStep('yes', { onSuccess: [] }), workStep('no')]);
    await result({ n: 7 });
    expect(works).toEqual([expected ? 'yes' : 'no']);
  });
});

describe('a for-each', () => {
  const values = async (given: readonly JsonValue[] | string, params: JsonObject = {}) => {
    const set = await setup([forEach('each', given, workStep('one'))], ({ render }) => {
      const value = render('{{ value }}');
      return value === 'bad'
        ? { success: false, result: 'bad', error: { code: 'COMMAND_FAILED', message: 'was bad' } }
        : { success: true, result: value };
    });
    return { result: await set.result(params), works: set.works };
  };

  it('runs its step for each value of a list, or of what an expression finds', async () => {
    expect((await values(['a', 2])).result).toMatchObject({ result: { each: ['a', '2'] } });
    expect((await values('params.list[n > 1].n', { list: [{ n: 1 }, { n: 2 }, { n: 3 }] })).result).toMatchObject({
      result: { each: ['2', '3'] },
    });
  });

  it('runs it once for one thing, and not at all for nothing', async () => {
    expect((await values('params.one', { one: 'x' })).result).toMatchObject({ result: { each: ['x'] } });
    expect((await values('params.none')).result).toMatchObject({ state: 'succeeded', result: { each: [] } });
  });

  it('ends with the first failure, and says at which value', async () => {
    const { result, works } = await values(['a', 'bad', 'c']);
    expect(result).toMatchObject({ state: 'failed', result: { each: ['a', 'bad'] } });
    expect(result?.error?.message).toBe("The step 'each' failed: each[1]: was bad");
    expect(works).toHaveLength(2);
  });

  it('takes no more than a thousand values', async () => {
    const { result, works } = await values('[1..1001]');
    expect(result?.error).toMatchObject({
      code: 'EXPRESSION_INVALID',
      message: expect.stringContaining('1001 values'),
    });
    expect(works).toEqual([]);
  });
});

describe('a worker that goes on where another was lost', () => {
  it('goes through the values that a for-each had when it began', async () => {
    const seen: string[] = [];
    const { bundle, put, start, runs } = await setup([], ({ render }) => {
      seen.push(render('{{ value }}'));
      return { success: true, result: seen.at(-1) ?? '' };
    });
    const each = forEach('each', 'device.attributes.list', workStep('one'));
    const having = (...list: string[]) => putDevice(sampleDevice('d1', { attributes: { list } }));
    await put(having('a', 'b'), putService(workflowService('flow', [each], {}, { runMethod: 'per-device' })));
    const onDeath = () => void put(having('c'));
    // The third write is that of the end of the first value.
    const driver = new RunDriver(bundle, { worker: { diesAt: 3, moment: 'before', writes: ['write'], onDeath } });
    const id = await start({ service: 'flow', devices: ['d1'] });
    await driver.untilEnded(id);
    expect((await runs.device(id, 'd1'))?.result?.result).toEqual({ each: ['a', 'b'] });
    expect(seen).toEqual(['a', 'a', 'b']);
  });

  it('waits for no longer than the first one would have', async () => {
    const rest = { id: 'rest', type: 'wait', onError: 'fail', durationMs: 5_000 } as const;
    const { bundle, result, works } = await setup([rest, workStep('after')]);
    // What takes its place comes six seconds later.
    const driver = new RunDriver(bundle, { worker: { diesAt: 1, moment: 'after', writes: ['write'] } });
    expect((await result({}, driver))?.state).toBe('succeeded');
    expect(works).toEqual(['after']);
  });
});

describe('a step that works', () => {
  it('that must not take effect twice is not done again when its worker was lost with it', async () => {
    const service = sampleService('', { type: 'test', effects: 'once', settings: { mark: 'push' } });
    const { bundle, result, works } = await setup([workStep('push', { service })]);
    // The second write is that of its end.
    const driver = new RunDriver(bundle, { worker: { diesAt: 2, moment: 'before', writes: ['write'] } });
    expect(await result({}, driver)).toMatchObject({ state: 'failed', error: { code: 'WORKER_LOST' } });
    expect(works).toEqual(['push']);
  });

  it('is skipped without a failure where its service says so', async () => {
    const service = sampleService('', {
      type: 'test',
      skip: { when: '{{ params.off }}', as: 'discard' },
      settings: {},
    });
    const { result, works } = await setup([workStep('a', { service }), workStep('b')]);
    expect(await result({ off: 'yes' })).toMatchObject({ state: 'succeeded', result: { a: 'skipped', b: 'ok' } });
    expect(works).toEqual(['b']);
  });
});

describe('a step that runs a service', () => {
  it('gives params of the types that the templates find', async () => {
    const seen: JsonObject[] = [];
    const params = { n: '{{ params.n }}', text: 'vlan {{ params.n }}', deep: [{ list: '{{ params.list }}' }], five: 5 };
    const { result } = await setup([runService('child', { params })], ({ params: given }) => {
      seen.push(given);
      return { success: true, result: 'ok' };
    });
    await result({ n: 7, list: [1, 2] });
    expect(seen).toEqual([{ n: 7, text: 'vlan 7', deep: [{ list: [1, 2] }], five: 5 }]);
  });

  it('gets the results by device from a run over several', async () => {
    const step = runService('many', { devices: ['{{ params.first }}', 'd2'] });
    const { result } = await setup([step], ({ device }) => ({ success: true, result: `by ${device?.name}` }));
    expect(await result({ first: 'd1' })).toMatchObject({ result: { many: { d1: 'by d1', d2: 'by d2' } } });
  });

  it('fails with the reason of the run, and gets what it gave', async () => {
    const step = runService('many', { devices: ['d1', 'd2'] });
    const { result } = await setup([step], ({ device }) => ({ success: device?.name === 'd1', result: 'x' }));
    expect(await result()).toMatchObject({
      state: 'failed',
      result: { many: { d1: 'x', d2: 'x' } },
      error: {
        code: 'RUN_FAILED',
        message: expect.stringMatching(/'many' ended as failed: 1 of its 2 devices failed/),
      },
    });
  });

  it('keeps its run, and what that gave, when its result cannot be taken from that', async () => {
    const step = runService('child', { result: { n: '$number($)' } });
    const { result, steps, runs } = await setup([step]);
    expect((await result())?.error?.code).toBe('EXPRESSION_INVALID');
    const [flow, child] = [...runs.records.keys()];
    expect((await steps.read(flow ?? '', '', ['child'])).get('child')).toMatchObject({
      state: 'failed',
      error: { code: 'EXPRESSION_INVALID' },
      child: { runId: child },
      result: 'ok',
    });
  });

  it('succeeds though the run fails to which it does not listen', async () => {
    const { result, driver, runs } = await setup([runService('child', { mode: 'detach' })], () => ({
      success: false,
      result: null,
    }));
    expect((await result())?.state).toBe('succeeded');
    const [child] = [...runs.records.values()].filter(({ spec }) => spec.service === 'child');
    await driver.untilEnded(child?.spec.id ?? '');
    expect(child?.state).toBe('failed');
  });
});

describe('a step that waits for a person', () => {
  const waiting = async (changes: Partial<ApproveStep> = {}) => {
    const set = await setup([{ ...ASK, ...changes }, workStep('after')]);
    const id = await set.start({ service: 'flow', params: { config: 'acl' }, payload: {} });
    const ask = async () => (await set.steps.read(id, '', ['ask'])).get('ask');
    await set.driver.until(async () => (await ask())?.state === 'waiting');
    return { ...set, id, ask, ref: { runId: id, device: '', step: 'ask' } };
  };

  it('asks what its template says, and goes on with a yes', async () => {
    const { ask, answer, ref, driver, id, works } = await waiting();
    expect((await ask())?.message).toBe('Push acl?');
    await answer(ref, { isApproved: true, comment: 'fine' }, ADMIN);
    await driver.untilEnded(id);
    expect((await ask())?.result).toMatchObject({ isApproved: true, by: 'ada', comment: 'fine' });
    expect(works).toEqual(['after']);
  });

  it('keeps who said yes when its result cannot be taken from that', async () => {
    const { ask, answer, ref, driver, id } = await waiting({ result: { n: '$number($)' } });
    await answer(ref, { isApproved: true }, ADMIN);
    await driver.untilEnded(id);
    expect(await ask()).toMatchObject({
      state: 'failed',
      error: { code: 'EXPRESSION_INVALID' },
      approval: { isApproved: true, by: 'ada' },
      message: 'Push acl?',
    });
  });

  it('fails with a no, and says whose', async () => {
    const { answer, ref, driver, id, runs, works } = await waiting();
    await answer(ref, { isApproved: false, comment: 'not on a friday' }, ADMIN);
    await driver.untilEnded(id);
    expect((await runs.device(id, ''))?.result?.error).toEqual({
      code: 'APPROVAL_REJECTED',
      message: "The step 'ask' failed: 'ada' said no to the step 'ask': not on a friday.",
    });
    expect(works).toEqual([]);
  });

  it('fails when nobody answers in time', async () => {
    const { driver, id, clock, events, runs } = await waiting({ timeoutMs: 1_000 });
    clock.advance(1_000);
    events.changedNow(id);
    await driver.untilEnded(id);
    expect((await runs.device(id, ''))?.result?.error?.code).toBe('APPROVAL_TIMEOUT');
    expect(events.waiters).toBe(0);
  });
});
