import { describe, expect, it } from '@jest/globals';
import { AppError, type OnParentClose, rightsRevisionOf, type RunServiceStep, type StepRef } from '@runyard/domain';
import {
  ADMIN,
  type EngineBundle,
  engineBundle,
  MortalProcess,
  putDevice,
  putService,
  sampleDevice,
  sampleService,
  sampleUser,
  waitFor,
} from '@runyard/testkit';
import { runService, workflowService } from '../test/workflow-samples.ts';
import { createStartStepRun } from './start-step-run.ts';
import type { RunRequest } from './run-request.ts';

/** A workflow of one step that a worker has asked for, and whose job a gateway is to be given. */
async function setup(changes: Partial<RunServiceStep> = {}, request: Partial<RunRequest> = {}) {
  const bundle = engineBundle();
  const { put, start, queue, runs, steps, startStep, identities } = bundle;
  await identities.putUser(sampleUser('ann', { roles: ['operator'] }));
  await put(
    putDevice(sampleDevice('d1')),
    putService(workflowService('flow', [runService('child', changes)])),
    putService(sampleService('child', { type: 'test', runMethod: 'once', timeZone: 'Asia/Tokyo', settings: {} })),
    { kind: 'service-account', action: 'put', item: { name: 'sa_ci', roles: ['operator'] } },
  );
  const id = await start(
    { service: 'flow', ...request },
    { principal: { name: 'ann', kind: 'user', roles: ['operator'], credentialId: 'password' }, door: 'native' },
  );
  const job = queue.take();
  const claim = job && (await runs.claim(job, 'w1'));
  if (!job || typeof claim !== 'object') throw new Error('not claimed');
  const ref: StepRef = { runId: id, device: '', step: 'child' };
  const asked = { state: 'requested', startedAtMs: bundle.clock.nowMs(), endedAtMs: null, result: null } as const;
  await steps.write(job, claim, ref, { ...asked, error: null, request: { params: { a: 1 } } });
  const children = () => [...runs.records.values()].filter(({ spec }) => spec.parent);
  return {
    ...bundle,
    bundle,
    id,
    ref,
    children,
    step: async () => (await steps.read(id, '', ['child'])).get('child'),
    /** Gives the job to a gateway, and then the run that came of it. */
    started: async () => {
      await startStep(ref);
      return children()[0]?.spec;
    },
  };
}

describe('the run of a step', () => {
  it('is that of the account of the workflow, with the params of the step', async () => {
    const { started, step, children } = await setup();
    const spec = await started();
    expect(spec).toMatchObject({ service: 'child', actor: 'ann', principal: 'ann', params: { a: 1 }, door: 'step' });
    expect(await step()).toMatchObject({ state: 'waiting', child: { runId: spec?.id }, endedAtMs: null });
    expect(children()).toHaveLength(1);
  });

  it('has the name or the address of its service', async () => {
    const { put, started } = await setup({ service: 'the-child' });
    await put(putService(sampleService('child', { type: 'test', runMethod: 'once', slug: 'the-child', settings: {} })));
    expect((await started())?.service).toBe('child');
  });

  it('ends a step at once that does not wait for it', async () => {
    const { started, step } = await setup({ mode: 'detach' });
    const spec = await started();
    expect(await step()).toMatchObject({ state: 'succeeded', result: { runId: spec?.id }, child: { runId: spec?.id } });
  });

  it.each([
    ['inherit', 'Europe/Oslo'],
    ['default', 'Asia/Tokyo'],
    ['America/Lima', 'America/Lima'],
  ])('is in the time zone that the step calls %s', async (timeZone, expected) => {
    const { started } = await setup({ timeZone }, { timeZone: 'Europe/Oslo' });
    expect((await started())?.timeZone).toBe(expected);
  });

  it('is in UTC when it inherits that from a workflow without a time zone, whatever its service says', async () => {
    const { started } = await setup({ timeZone: 'inherit' });
    expect((await started())?.timeZone).toBe('UTC');
  });

  it('checks only, when the workflow does', async () => {
    const { started } = await setup({}, { check: true });
    expect((await started())?.check).toBe(true);
  });

  it('runs as the account of the step for who may act as it', async () => {
    const { put, identities, started } = await setup({ runAs: 'sa_ci' });
    await put({ kind: 'role', action: 'put', item: { name: 'acts', permissions: ['act-as:sa_ci'] } });
    await identities.putUser(sampleUser('ann', { roles: ['acts'], version: 2 }));
    expect(await started()).toMatchObject({ actor: 'ann', principal: 'sa_ci', principalKind: 'service-account' });
  });

  it('is started once, however often and by how many gateways its job is done', async () => {
    const { gateway, startStep, ref, children, step } = await setup();
    await Promise.all([startStep(ref), gateway().startStep(ref), gateway().startStep(ref)]);
    await startStep(ref);
    expect(children()).toHaveLength(1);
    expect((await step())?.child?.runId).toBe(children()[0]?.spec.id);
  });
});

describe('a run that was accepted before its gateway died', () => {
  it('is the run of the step, also when it would be refused now', async () => {
    const { bundle, ref, put, children, step, startStep } = await setup();
    const dying = new MortalProcess({ diesAt: 1, moment: 'after', writes: ['accept'] });
    void bundle.gateway(dying.over(bundle.shared)).startStep(ref);
    await waitFor(() => dying.dead);
    await put(putService(sampleService('child', { type: 'test', runMethod: 'once', disabled: true, settings: {} })));
    await startStep(ref);
    expect(await step()).toMatchObject({ state: 'waiting', child: { runId: children()[0]?.spec.id } });
  });
});

describe('a run that a gateway accepted while another one was refused', () => {
  const disabled = () => new AppError('SERVICE_DISABLED', "The service 'child' is disabled.");

  it('is the run of the step, which does not fail', async () => {
    const { bundle, ref, children, step } = await setup();
    const second = createStartStepRun({
      ...bundle,
      accept: async (request, caller) => {
        await bundle.accept(request, caller);
        throw disabled();
      },
    });
    await second(ref);
    expect(await step()).toMatchObject({ state: 'waiting', error: null, child: { runId: children()[0]?.spec.id } });
  });

  it.each<[OnParentClose, string]>([
    ['cancel', 'cancelled'],
    ['abandon', 'queued'],
  ])(
    'but accepted late, when the step had failed, goes with its parent (%s): it is %s',
    async (onParentClose, state) => {
      const { bundle, ref, children, step } = await setup({ onParentClose });
      const refusing = createStartStepRun({ ...bundle, accept: () => Promise.reject(disabled()) });
      const first = createStartStepRun({
        ...bundle,
        accept: async (request, caller) => {
          await refusing(ref);
          return bundle.accept(request, caller);
        },
      });
      await first(ref);
      expect(await step()).toMatchObject({ state: 'failed', error: { code: 'SERVICE_DISABLED' } });
      expect(children()).toMatchObject([{ state }]);
    },
  );
});

describe('a step of a run that is to end', () => {
  it('starts nothing any more', async () => {
    const { cancel, id, startStep, ref, children, step } = await setup();
    await cancel(id, ADMIN);
    await startStep(ref);
    expect(children()).toEqual([]);
    expect(await step()).toMatchObject({ state: 'requested', error: null });
  });

  it.each<[string, (bundle: EngineBundle, id: string) => Promise<unknown>]>([
    ['was cancelled', ({ cancel }, id) => cancel(id, ADMIN)],
    ['ended', ({ runs }, id) => runs.fail(id, { code: 'INTERNAL', message: 'ended' })],
  ])('ends its run again when it %s while that was accepted', async (_, end) => {
    for (const onParentClose of ['cancel', 'abandon'] as const) {
      const { bundle, id, ref, children, step } = await setup({ onParentClose });
      const slow = createStartStepRun({
        ...bundle,
        accept: async (request, caller) => {
          await end(bundle, id);
          return bundle.accept(request, caller);
        },
      });
      await slow(ref);
      expect(children()).toMatchObject([{ state: onParentClose === 'cancel' ? 'cancelled' : 'queued' }]);
      expect((await step())?.child?.runId).toBe(children()[0]?.spec.id);
    }
  });

  it('ends its run again also when the gateway died that had it accepted', async () => {
    const { bundle, id, ref, cancel, startStep, children } = await setup();
    const dying = new MortalProcess({ diesAt: 1, moment: 'after', writes: ['accept'] });
    void bundle.gateway(dying.over(bundle.shared)).startStep(ref);
    await waitFor(() => dying.dead);
    await cancel(id, ADMIN);
    await startStep(ref);
    expect(children()).toMatchObject([{ state: 'cancelled' }]);
  });
});

describe('a step whose run is refused', () => {
  it.each<[string, Partial<RunServiceStep>, string]>([
    ['there is no such service', { service: 'gone' }, 'SERVICE_NOT_FOUND'],
    ['the service has no such endpoint', { endpoint: 'gone' }, 'ENDPOINT_NOT_FOUND'],
    ['who asks may not act as the account', { runAs: 'sa_ci' }, 'ACT_AS_DENIED'],
    ['there is no such account', { runAs: 'sa_gone' }, 'SERVICE_ACCOUNT_NOT_FOUND'],
    ['a device is not known', { pools: ['gone'] }, 'TARGETS_UNKNOWN'],
    ['the chain comes back to itself', { service: 'flow' }, 'RUN_CYCLE'],
  ])('fails when %s, also when it would not wait', async (_, changes, code) => {
    for (const mode of ['wait', 'detach'] as const) {
      const { started, step, children, tree, id } = await setup({ ...changes, mode });
      await started();
      expect(await step()).toMatchObject({ state: 'failed', error: { code } });
      expect((await step())?.endedAtMs).not.toBeNull();
      expect((await step())?.child).toBeUndefined();
      expect(children()).toEqual([]);
      expect(await tree.nodes(id)).toEqual([]);
    }
  });

  it('fails when the service is disabled', async () => {
    const { put, started, step } = await setup();
    await put(putService(sampleService('child', { type: 'test', runMethod: 'once', disabled: true, settings: {} })));
    await started();
    expect(await step()).toMatchObject({ state: 'failed', error: { code: 'SERVICE_DISABLED' } });
  });

  it('fails when the account of the workflow was disabled meanwhile', async () => {
    const { id, audit, identities, started, step } = await setup();
    await identities.putUser(sampleUser('ann', { disabled: true, version: 2 }));
    await started();
    expect(await step()).toMatchObject({ state: 'failed', error: { code: 'PRINCIPAL_REVOKED' } });
    expect(audit.entries.at(-1)).toMatchObject({
      actor: 'ann',
      credential: 'password',
      chain: [id],
      action: 'run.accept',
      subject: 'child',
      decision: 'denied',
      detail: { service: 'child', door: 'step', code: 'PRINCIPAL_REVOKED' },
    });
  });

  it('is looked at again when it begins, when rights changed after its account was read', async () => {
    const { bundle, identities, principals, ref, children, runs, queue } = await setup();
    const before = rightsRevisionOf(identities.changeCount, (await bundle.catalog.view()).revision);
    // The account is disabled when it was just read.
    const current: typeof principals.current = async (...args) => {
      const found = await principals.current(...args);
      await identities.putUser(sampleUser('ann', { disabled: true, version: 2 }));
      return found;
    };
    await createStartStepRun({ ...bundle, principals: { ...principals, current } })(ref);
    const [child] = children();
    expect(child?.spec.rightsRevision).toBe(before);
    await bundle.worker('w2')(queue.take() ?? { runId: child?.spec.id ?? '', slice: 0 });
    expect((await runs.get(child?.spec.id ?? ''))?.state).toBe('denied');
  });

  it.each<[string, Partial<RunServiceStep>, Partial<RunRequest>]>([
    ['of the step', { timeoutMs: 1_000 }, {}],
    ['of the workflow', {}, { runTimeoutMs: 1_000 }],
    ['by which the workflow must have ended', {}, { deadlineMs: engineBundle().clock.nowMs() + 1_000 }],
  ])('fails when the time %s was over before a gateway came', async (_, changes, request) => {
    const { clock, started, step, children } = await setup(changes, request);
    clock.advance(1_000);
    await started();
    expect(await step()).toMatchObject({ state: 'failed', error: { code: 'RUN_EXPIRED' } });
    expect(children()).toEqual([]);
  });

  it('is tried again when there was only no room: with the same id, and the step does not fail', async () => {
    const bundle = await setup();
    const { ref, step, children, startStep } = bundle;
    const full = createStartStepRun({
      ...bundle,
      accept: () => Promise.reject(new AppError('QUEUE_FULL', 'Too many jobs wait.')),
    });
    await expect(full(ref)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const chosen = (await step())?.child?.runId;
    expect(await step()).toMatchObject({ state: 'starting', endedAtMs: null });
    await startStep(ref);
    expect(children().map(({ spec }) => spec.id)).toEqual([chosen]);
  });
});

describe('a job for a step', () => {
  it('does nothing when the run has ended, or nothing was asked for', async () => {
    const { startStep, ref, runs, id, children, step } = await setup();
    await startStep({ ...ref, step: 'other' });
    await startStep({ ...ref, device: 'd1' });
    await startStep({ ...ref, runId: 'f'.repeat(24) });
    await runs.fail(id, { code: 'INTERNAL', message: 'ended' });
    await startStep(ref);
    expect(children()).toEqual([]);
    expect((await step())?.state).toBe('requested');
  });
});
