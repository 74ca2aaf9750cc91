import { describe, expect, it } from '@jest/globals';
import {
  ADMIN,
  engineBundle,
  putDevice,
  putService,
  requestOf,
  sampleDevice,
  sampleService,
  workOff,
} from '@runyard/testkit';
import { workflowService, workStep } from '../test/workflow-samples.ts';
import { createRerunRun, type RerunOrder } from './index.ts';

async function setup() {
  const bundle = engineBundle();
  const { put, runs, accept, queue, clock } = bundle;
  const service = sampleService('test', { type: 'test', settings: {}, targets: { devices: ['d4'] } });
  await put(
    ...['d1', 'd2', 'd3', 'd4'].map((name) => putDevice(sampleDevice(name))),
    putService(service),
    putService(sampleService('once', { type: 'test', settings: {}, runMethod: 'once' })),
  );
  /** Runs to the end; these devices fail. */
  const end = (...failing: readonly string[]) =>
    workOff({ runs, queue, clock, answer: (device) => (failing.includes(device) ? { state: 'failed' } : {}) });
  return { ...bundle, service, end, rerun: createRerunRun({ runs, accept }), requestOf };
}

describe('running a run again', () => {
  it('takes the devices that failed, with the version and the options of the first run', async () => {
    const { start, end, rerun, put, service, runs } = await setup();
    const params = { vlan: 7 };
    const options = { params, payload: params, labels: { ticket: 'T-1' }, parallel: 3, timeoutMs: 5_000 };
    const id = await start({ devices: ['d1', 'd2', 'd3'], ...options });
    await end('d1', 'd3');
    await put(putService({ ...service, settings: { newer: true } }));
    const spec = await rerun(id, { only: 'failed' }, ADMIN);
    expect(spec).toMatchObject({ ...options, version: 1, rerunOf: id, targets: { devices: ['d1', 'd3'], pools: [] } });
    expect(spec.id).not.toBe(id);
    expect((await runs.get(spec.id))?.counts.total).toBe(2);
  });

  it('runs as the same account, also where a user has its name', async () => {
    const { start, end, rerun, put } = await setup();
    await put({ kind: 'service-account', action: 'put', item: { name: 'twin', roles: ['operator'] } });
    const twin = { ...ADMIN, principal: { ...ADMIN.principal, name: 'twin' } };
    const id = await start({ devices: ['d1'], runAs: 'twin' }, twin);
    await end('d1');
    expect(await rerun(id, { only: 'failed' }, ADMIN)).toMatchObject({
      actor: ADMIN.principal.name,
      principal: 'twin',
      principalKind: 'service-account',
    });
  });

  it('takes every device that the run had when told so', async () => {
    const { start, end, rerun } = await setup();
    const id = await start({ devices: ['d2', 'd1'] });
    await end();
    expect((await rerun(id, { only: 'all' }, ADMIN)).targets.devices.toSorted()).toEqual(['d1', 'd2']);
  });

  it('leaves out what was deleted since', async () => {
    const { start, end, rerun, put } = await setup();
    const id = await start({ devices: ['d1', 'd2'] });
    await end('d1', 'd2');
    await put({ kind: 'device', action: 'delete', name: 'd1' });
    const spec = await rerun(id, { only: 'failed' }, ADMIN);
    expect([spec.targets.devices, spec.targetErrors]).toEqual([['d2'], ["No device with the name 'd1'"]]);
    await end('d2');
    await put({ kind: 'device', action: 'delete', name: 'd2' });
    await expect(rerun(id, { only: 'failed' }, ADMIN)).rejects.toMatchObject({ code: 'TARGETS_EMPTY' });
  });

  it('repeats a run that runs once with its targets', async () => {
    const { start, end, rerun } = await setup();
    const id = await start({ service: 'once', devices: ['d1'] });
    await end('');
    expect(await rerun(id, { only: 'failed' }, ADMIN)).toMatchObject({ service: 'once', targets: { devices: ['d1'] } });
  });

  it('resumes a workflow on every device that did not succeed, and else takes those that failed', async () => {
    const { start, rerun, put, runs, queue, clock } = await setup();
    await put(putService(workflowService('flow', [workStep('a')], {}, { runMethod: 'per-device' })));
    const id = await start({ service: 'flow', devices: ['d1', 'd2', 'd3', 'd4'] });
    const states = { d1: 'failed', d2: 'succeeded', d3: 'cancelled', d4: 'unknown' } as const;
    await workOff({ runs, queue, clock, answer: (device) => ({ state: states[device as keyof typeof states] }) });
    const targetsOf = async (order: RerunOrder) => (await rerun(id, order, ADMIN)).targets.devices.toSorted();
    expect(await targetsOf({ only: 'failed', resume: true })).toEqual(['d1', 'd3', 'd4']);
    expect(await targetsOf({ only: 'failed' })).toEqual(['d1']);
    expect(await targetsOf({ only: 'all', resume: true })).toEqual(['d1', 'd2', 'd3', 'd4']);
  });

  it('resumes a workflow on the devices that never began because it expired', async () => {
    const { start, rerun, put, runs } = await setup();
    await put(putService(workflowService('flow', [workStep('a')], {}, { runMethod: 'per-device' })));
    const id = await start({ service: 'flow', devices: ['d1', 'd2'] });
    await runs.fail(id, { code: 'RUN_EXPIRED', message: 'too late' });
    const { targets, resume } = await rerun(id, { only: 'failed', resume: true }, ADMIN);
    expect([targets.devices, resume]).toEqual([['d1', 'd2'], true]);
    await expect(rerun(id, { only: 'failed' }, ADMIN)).rejects.toMatchObject({ code: 'TARGETS_EMPTY' });
  });

  it('repeats a run that ended before it was planned with what it was asked for', async () => {
    const { start, rerun, put, runs, service } = await setup();
    await put(putService({ ...service, maxConcurrent: 1 }), {
      kind: 'pool',
      action: 'put',
      item: { name: 'lab', devices: ['d1'] },
    });
    const targets = { devices: ['d2'], pools: ['lab'], ipAddresses: [] };
    const id = await start({ targets });
    expect((await runs.get(id))?.planned).toBe(false);
    await runs.fail(id, { code: 'RUN_EXPIRED', message: 'too late' });
    expect((await rerun(id, { only: 'all' }, ADMIN)).targets).toEqual({ devices: ['d2'], pools: ['lab'] });
  });

  it('refuses to resume when every device succeeded', async () => {
    const { start, end, rerun, put } = await setup();
    await put(putService(workflowService('flow', [workStep('a')])));
    const id = await start({ service: 'flow' });
    await end();
    await expect(rerun(id, { only: 'failed', resume: true }, ADMIN)).rejects.toMatchObject({ code: 'TARGETS_EMPTY' });
  });

  it('refuses while the run lasts, when nothing failed, and when there is no such run', async () => {
    const { start, end, rerun } = await setup();
    const id = await start({ devices: ['d1'] });
    await expect(rerun(id, { only: 'all' }, ADMIN)).rejects.toMatchObject({ code: 'RUN_NOT_ENDED', status: 409 });
    await end();
    await expect(rerun(id, { only: 'failed' }, ADMIN)).rejects.toMatchObject({ code: 'TARGETS_EMPTY', status: 400 });
    await expect(rerun('0'.repeat(24), { only: 'all' }, ADMIN)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
