import { describe, expect, it } from '@jest/globals';
import { ADMIN, engineBundle, putService, RunDriver } from '@runyard/testkit';
import { forEach, workflowService, workStep } from '../test/workflow-samples.ts';
import type { Caller } from './run-request.ts';

const ASK = { id: 'ask', type: 'approve', onError: 'fail', message: 'Go on?' } as const;

function caller(name: string, roles: readonly string[], groups: readonly string[] = []): Caller {
  return { principal: { name, kind: 'user', roles, groups, credentialId: 'password' }, door: 'native' };
}

/** A run that waits for somebody of the group `noc`. */
async function setup(ask: { readonly timeoutMs?: number } = {}) {
  const bundle = engineBundle();
  const steps = [
    workStep('first'),
    { ...ASK, ...ask, groups: ['noc'] },
    forEach('each', ['x'], { ...ASK, id: 'inner' }),
  ];
  await bundle.put(putService(workflowService('flow', steps)));
  const id = await bundle.start({ service: 'flow' });
  const driver = new RunDriver(bundle);
  const waits = (step: string) =>
    driver.until(async () => (await bundle.steps.read(id, '', [step])).get(step)?.state === 'waiting');
  await waits('ask');
  return {
    ...bundle,
    id,
    driver,
    waits,
    say: (isApproved: boolean, by: Caller, step = 'ask') =>
      bundle.answer({ runId: id, device: '', step }, { isApproved }, by),
  };
}

const ann = caller('ann', ['operator'], ['noc']);

describe('an answer to a step', () => {
  it('is taken from a member of the group, and from an administrator', async () => {
    const first = await setup();
    await expect(first.say(true, ann)).resolves.toMatchObject({ state: 'succeeded', approval: { by: 'ann' } });
    const second = await setup();
    await expect(second.say(true, ADMIN)).resolves.toMatchObject({ state: 'succeeded', approval: { by: 'ada' } });
    for (const { waits, say, driver, id } of [first, second]) {
      await waits('each[0]');
      await say(true, ADMIN, 'each[0]');
      await driver.untilEnded(id);
    }
  });

  it('counts once: who comes second is told who was first', async () => {
    const { say, cancel, driver, id } = await setup();
    await say(true, ann);
    const second = say(false, ADMIN);
    await expect(second).rejects.toMatchObject({ code: 'STEP_NOT_WAITING', message: expect.stringContaining("'ann'") });
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
  });

  it('is one of two that come at the same moment', async () => {
    const { say, cancel, driver, id, steps } = await setup();
    const answers = await Promise.allSettled([say(true, ann), say(false, ADMIN)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await steps.read(id, '', ['ask'])).get('ask')?.approval?.by).toBe('ann');
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
  });

  it.each<[string, Caller, string]>([
    ['who is in another group', caller('bob', ['operator'], ['lab']), 'noc'],
    ['who may not approve', caller('vic', ['viewer'], ['noc']), 'run:approve'],
  ])('is refused from %s, and the step waits on', async (_, by, reason) => {
    const { say, steps, id, cancel, driver } = await setup();
    const refused = say(true, by);
    await expect(refused).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(reason),
    });
    expect((await steps.read(id, '', ['ask'])).get('ask')?.state).toBe('waiting');
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
  });

  it.each([
    ['has ended', 'first', 'it is succeeded'],
    ['has not begun', 'each[0]', 'it has not begun'],
    ['is not there', 'other', 'it has not begun'],
  ])('is refused for a step that %s', async (_, step, reason) => {
    const { say, cancel, driver, id } = await setup();
    const refused = say(true, ADMIN, step);
    await expect(refused).rejects.toMatchObject({ code: 'STEP_NOT_WAITING', message: expect.stringContaining(reason) });
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
  });

  it('is refused after the time that the step had, which has failed then though no worker has looked yet', async () => {
    const { say, clock, steps, driver, id, runs } = await setup({ timeoutMs: 60_000 });
    clock.advance(60_000);
    await expect(say(true, ann)).rejects.toMatchObject({
      code: 'STEP_NOT_WAITING',
      message: expect.stringMatching(/it is failed\. Nobody approved the step 'ask' by 2026-11-21T00:24:15\.311Z\.$/),
    });
    const late = (await steps.read(id, '', ['ask'])).get('ask');
    expect(late).toMatchObject({ state: 'failed', error: { code: 'APPROVAL_TIMEOUT' }, endedAtMs: clock.nowMs() });
    expect(late?.approval).toBeUndefined();
    await driver.untilEnded(id);
    expect((await runs.device(id, ''))?.result?.error?.code).toBe('APPROVAL_TIMEOUT');
  });

  it('is taken in the last moment', async () => {
    const { say, clock, cancel, driver, id } = await setup({ timeoutMs: 60_000 });
    clock.advance(59_999);
    await expect(say(true, ann)).resolves.toMatchObject({ state: 'succeeded' });
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
  });

  it('is refused for a run that is not there, or has ended', async () => {
    const { say, answer, cancel, driver, id } = await setup();
    const nowhere = answer({ runId: 'f'.repeat(24), device: '', step: 'ask' }, { isApproved: true }, ADMIN);
    await expect(nowhere).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await cancel(id, ADMIN);
    await driver.untilEnded(id);
    await expect(say(true, ADMIN)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });
});
