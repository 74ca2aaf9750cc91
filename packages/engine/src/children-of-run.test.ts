import { describe, expect, it } from '@jest/globals';
import type { OnParentClose, RunServiceStep } from '@runyard/domain';
import { ADMIN, type DeviceWork, engineBundle, putService, RunDriver, sampleService, waitFor } from '@runyard/testkit';
import { markOf, runService, workflowService, workStep } from '../test/workflow-samples.ts';
import type { Caller } from './run-request.ts';

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** A workflow `top` that runs `middle`, a workflow that runs `leaf`, whose work a test ends by hand. */
async function setup(step: Partial<RunServiceStep> = {}) {
  const held: (() => void)[] = [];
  const leafBegan = deferred();
  const work: DeviceWork = ({ service, signal }) =>
    new Promise((resolve, reject) => {
      const fail = () => resolve({ success: false, result: null });
      if (markOf(service) !== 'leaf') return void leafBegan.promise.then(fail);
      held.push(() => resolve({ success: true, result: 'leaf' }));
      leafBegan.resolve();
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  const bundle = engineBundle({ work });
  await bundle.put(
    putService(workflowService('top', [runService('middle', step)])),
    putService(workflowService('middle', [runService('leaf')])),
    putService(workflowService('hasty', [runService('leaf', { mode: 'detach', ...step }), workStep('fails')])),
    putService(sampleService('leaf', { type: 'test', runMethod: 'once', settings: { mark: 'leaf' } })),
  );
  const { runs } = bundle;
  const runOf = (service: string) => [...runs.records.values()].find(({ spec }) => spec.service === service);
  return {
    ...bundle,
    bundle,
    held,
    runOf,
    stateOf: (service: string) => runOf(service)?.state ?? null,
    driver: new RunDriver(bundle),
  };
}

async function startedTop(
  step: Partial<RunServiceStep> = {},
  caller: Caller = ADMIN,
  request: { deadlineMs?: number } = {},
) {
  const set = await setup(step);
  const id = await set.start({ service: 'top', ...request }, caller);
  await set.driver.until(() => set.held.length === 1);
  return { ...set, id };
}

describe('a run below another one', () => {
  it('knows its parent, its root, the step and the chain, and who asked first', async () => {
    const { id, runOf, held, driver, readTree } = await startedTop();
    const middle = runOf('middle')?.spec;
    expect(middle).toMatchObject({ door: 'step', parent: { runId: id, rootRunId: id, stepId: 'middle' } });
    expect(runOf('leaf')?.spec).toMatchObject({
      actor: 'ada',
      initiator: 'ada',
      parent: { runId: middle?.id, rootRunId: id, chain: [{ service: 'top' }, { service: 'middle' }] },
    });
    held[0]?.();
    await driver.untilEnded(id);
    const { rootRunId, branch } = await readTree(id);
    expect(rootRunId).toBe(id);
    expect(branch.children.map(({ record }) => record?.spec.service)).toEqual(['middle']);
    expect(branch.children[0]?.children.map(({ record }) => record?.state)).toEqual(['succeeded']);
  });

  it('is seen with what is below it alone, and without records that are not kept any more', async () => {
    const { id, runOf, held, driver, readTree, runs } = await startedTop();
    held[0]?.();
    await driver.untilEnded(id);
    const middleId = runOf('middle')?.spec.id ?? '';
    const tree = await readTree(middleId);
    expect(tree).toMatchObject({ rootRunId: id, branch: { runId: middleId, node: { stepId: 'middle' } } });
    runs.records.delete(middleId);
    const [middle] = (await readTree(id)).branch.children;
    expect(middle).toMatchObject({ record: null, children: [{ record: { state: 'succeeded' } }] });
    await expect(readTree(middleId)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('has the deadline of its parent, and an earlier one of its step', async () => {
    const deadlineMs = engineBundle().clock.nowMs() + 5_000;
    const far = await startedTop({}, ADMIN, { deadlineMs });
    expect(['middle', 'leaf'].map((name) => far.runOf(name)?.spec.deadlineMs)).toEqual([deadlineMs, deadlineMs]);
    const near = await startedTop({ timeoutMs: 1_000 }, ADMIN, { deadlineMs });
    expect(['middle', 'leaf'].map((name) => near.runOf(name)?.spec.deadlineMs)).toEqual([
      near.clock.nowMs() + 1_000,
      near.clock.nowMs() + 1_000,
    ]);
    for (const { held, driver, id } of [far, near]) {
      held[0]?.();
      await driver.untilEnded(id);
    }
  });

  it('must end when the time of its parent is over, unless it was left to itself', async () => {
    const waits = await startedTop();
    const startedAtMs = waits.runOf('top')?.startedAtMs ?? 0;
    expect(waits.runOf('middle')?.spec.deadlineMs).toBe(startedAtMs + 3_600_000);
    const left = await startedTop({ mode: 'detach', onParentClose: 'abandon' });
    expect(left.runOf('middle')?.spec.deadlineMs).toBeUndefined();
    for (const { held, driver, runs } of [waits, left]) {
      held[0]?.();
      await driver.untilEnded(...runs.records.keys());
    }
  });

  it('reaches no service that the API key of the one above does not reach', async () => {
    const caller: Caller = {
      ...ADMIN,
      principal: { ...ADMIN.principal, services: ['top', 'middle'] },
    };
    const { start, driver, runs, runOf, audit } = await setup();
    const id = await start({ service: 'top' }, caller);
    await driver.untilEnded(id);
    expect(runOf('middle')?.spec.credentialServices).toEqual(['top', 'middle']);
    expect(runOf('leaf')).toBeUndefined();
    expect((await runs.device(id, ''))?.result?.error).toMatchObject({ code: 'RUN_FAILED' });
    expect((await runs.device(runOf('middle')?.spec.id ?? '', ''))?.result?.error).toMatchObject({
      code: 'SERVICE_RUN_DENIED',
      message: expect.stringContaining("does not reach the service 'leaf'"),
    });
    expect(audit.entries.at(-1)).toMatchObject({ action: 'run.accept', subject: 'leaf', decision: 'denied' });
  });
});

describe('the end of a run', () => {
  it('cancels the runs below it, and those below them', async () => {
    const { id, cancel, driver, runs, runOf, stateOf } = await startedTop();
    await cancel(id, ADMIN);
    await driver.untilEnded(...runs.records.keys());
    expect(['top', 'middle', 'leaf'].map(stateOf)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(runOf('leaf')?.cancelRequested).toBe(true);
  });

  it('cancels a run below it that no worker has begun', async () => {
    const { start, cancel, queue, worker, startStep, runs, stateOf } = await setup();
    const id = await start({ service: 'top' });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const end = worker('worker-1')(job);
    const ref = await waitFor(() => queue.takeStep());
    await startStep(ref);
    expect(stateOf('middle')).toBe('queued');
    await cancel(id, ADMIN);
    await end;
    expect((await runs.get(id))?.state).toBe('cancelled');
    expect(stateOf('middle')).toBe('cancelled');
  });

  it('cancels what is below a waiting run that no worker has in hand', async () => {
    const { bundle, start, cancel, queue, worker, startStep, stateOf } = await setup();
    const take = () => waitFor(() => queue.take());
    // The same step may be asked for more than once.
    const started = (service: string) =>
      waitFor(async () => {
        const ref = queue.takeStep();
        if (ref) await startStep(ref);
        return stateOf(service);
      });
    const id = await start({ service: 'top' });
    const top = worker('worker-1')(await take());
    await started('middle');
    const draining = new AbortController();
    const middle = worker('worker-2', bundle.shared, { draining: draining.signal })(await take());
    await started('leaf');
    draining.abort();
    expect(await middle).toBe('hand-back');
    await cancel(id, ADMIN);
    await top;
    expect(['top', 'middle', 'leaf'].map(stateOf)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  it.each<[OnParentClose, string]>([
    ['cancel', 'cancelled'],
    ['abandon', 'succeeded'],
  ])('of a workflow that failed leaves a detached run that says %s %s', async (onParentClose, end) => {
    const { start, driver, held, runs, stateOf } = await setup({ onParentClose });
    const id = await start({ service: 'hasty' });
    await driver.until(() => stateOf('hasty') === 'failed');
    held[0]?.();
    await driver.untilEnded(id, ...runs.records.keys());
    expect(stateOf('leaf')).toBe(end);
  });

  it('is made up for by the reconciler when a crash left the runs below it', async () => {
    const { id, driver, runs, stateOf, clock, log } = await startedTop();
    // What a gateway wrote that died before it went to the runs below.
    await runs.fail(id, { code: 'INTERNAL', message: 'the gateway died' });
    expect(stateOf('top')).toBe('failed');
    expect(stateOf('middle')).not.toBe('cancelled');
    clock.advance(6_000);
    await driver.reconcile();
    await driver.untilEnded(...runs.records.keys());
    expect(['middle', 'leaf'].map(stateOf)).toEqual(['cancelled', 'cancelled']);
    expect(log.entries.filter(({ message }) => message === 'mended')).toMatchObject([
      { fields: { kind: 'parent-ended' } },
    ]);
  });
});
