import { describe, expect, it } from '@jest/globals';
import {
  ADMIN,
  engineBundle,
  putDevice,
  putService,
  requestOf,
  sampleApiKey,
  sampleDevice,
  sampleService,
  sampleUser,
} from '@runyard/testkit';
import { claimSlice } from './claim-slice.ts';
import { createCheckStart } from './check-start.ts';
import type { Caller } from './run-request.ts';

const ANN: Caller = {
  principal: { name: 'ann', kind: 'user', roles: ['tester'], credentialId: 'password' },
  door: 'native',
};

/** The user `ann` may run `test` on the devices of the pool `cores`. */
async function setup() {
  const works: string[] = [];
  const bundle = engineBundle({
    work: ({ device }) => {
      works.push(device?.name ?? '');
      return { success: true, result: 'ok' };
    },
  });
  const { put, identities } = bundle;
  await put(
    ...['core-1', 'core-2'].map((name) => putDevice(sampleDevice(name))),
    putService(sampleService('test', { type: 'test', settings: {} })),
    { kind: 'role', action: 'put', item: { name: 'tester', permissions: ['service:run:test', 'device:use:cores'] } },
    { kind: 'pool', action: 'put', item: { name: 'cores', devices: ['core-1', 'core-2'] } },
  );
  await identities.putUser(sampleUser('ann', { roles: ['tester'] }));
  let version = 1;
  return {
    ...bundle,
    works,
    setPermissions: (...permissions: string[]) =>
      put({ kind: 'role', action: 'put', item: { name: 'tester', permissions } }),
    /** A change of users that changes nothing for the run. */
    unrelated: () => identities.putUser(sampleUser('bob', { version: version++ })),
  };
}

const named = { devices: ['core-1'] };
const pooled = { targets: { devices: [], ipAddresses: [], pools: ['cores'] } };

describe('the first claim of a run', () => {
  it('asks nobody while rights are as they were when it was accepted', async () => {
    const { start, queue, runs } = await setup();
    await start(named, ANN);
    const job = queue.take();
    expect(job && (await runs.claim(job, 'w1'))).toMatchObject({ names: ['core-1'] });
  });

  it('is unchecked when the key of who asked ends by itself: it may be over', async () => {
    const { start, plan, workOffQueue, runs, identities, clock, works } = await setup();
    const endsAtMs = clock.nowMs() + 1_000;
    const account = { kind: 'user', name: 'ann' } as const;
    await identities.putApiKey(sampleApiKey('key-1', { account, expiresAtMs: endsAtMs }));
    const principal = { ...ANN.principal, credentialId: 'key-1', credentialEndsAtMs: endsAtMs };
    const good = await start(named, { ...ANN, principal });
    await workOffQueue();
    const late = [await start(named, { ...ANN, principal }), await start(pooled, { ...ANN, principal })];
    await plan(late[1] ?? '');
    clock.advance(1_000);
    await workOffQueue();
    expect((await runs.get(good))?.state).toBe('succeeded');
    for (const id of late) {
      expect(await runs.get(id)).toMatchObject({ state: 'denied', error: { code: 'PRINCIPAL_REVOKED' } });
    }
    expect(works).toEqual(['core-1']);
  });

  it('is unchecked after any change of users or of the catalog, and then claims nothing', async () => {
    const { start, queue, runs, unrelated, put } = await setup();
    const changes = [unrelated, () => put(putDevice(sampleDevice('new')))];
    for (const change of changes) {
      const id = await start(named, ANN);
      const job = queue.take();
      await change();
      expect(job && (await runs.claim(job, 'w1'))).toBe('unchecked');
      expect(await runs.get(id)).toMatchObject({ state: 'queued' });
      expect(runs.records.get(id)?.slices[0]).toMatchObject({ token: 0, owner: null });
    }
  });

  it('looks again at the rights and begins when they still allow it', async () => {
    const { start, unrelated, workOffQueue, runs, works } = await setup();
    const id = await start(named, ANN);
    await unrelated();
    await workOffQueue();
    expect((await runs.get(id))?.state).toBe('succeeded');
    expect(works).toEqual(['core-1']);
  });

  it.each([
    ['the service', ['device:use:cores'], 'SERVICE_RUN_DENIED'],
    ['its device', ['service:run:test'], 'DEVICE_USE_DENIED'],
  ])('ends the run as denied when the right to %s was taken away: nothing was done', async (_, permissions, code) => {
    const { start, setPermissions, workOffQueue, runs, works, audit } = await setup();
    const id = await start(named, ANN);
    await setPermissions(...permissions);
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'denied', error: { code }, startedAtMs: null });
    expect(works).toEqual([]);
    expect(audit.entries.at(-1)).toMatchObject({
      action: 'run.start',
      subject: id,
      decision: 'denied',
      actor: 'ann',
      credential: 'password',
      reason: expect.stringContaining("'ann'"),
      detail: { service: 'test', door: 'native' },
    });
  });

  it('ends a run over a pool as denied whose devices it may not use any more', async () => {
    const { start, plan, setPermissions, workOffQueue, runs, works } = await setup();
    const id = await start(pooled, ANN);
    await plan(id);
    await setPermissions('service:run:test');
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'denied', error: { code: 'DEVICE_USE_DENIED' } });
    expect(works).toEqual([]);
  });

  it('ends a run that runs once over a pool as denied whose devices it may not use any more', async () => {
    const { start, plan, put, setPermissions, workOffQueue, runs } = await setup();
    await put(putService(sampleService('test', { type: 'test', runMethod: 'once', settings: {} })));
    const id = await start(pooled, ANN);
    await plan(id);
    await setPermissions('service:run:test');
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'denied', error: { code: 'DEVICE_USE_DENIED' } });
  });

  it('looks at the devices of the plan, also at one that has left the pool since', async () => {
    const { start, plan, put, workOffQueue, runs } = await setup();
    const id = await start(pooled, ANN);
    await plan(id);
    await put({ kind: 'pool', action: 'put', item: { name: 'cores', devices: ['core-1'] } });
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({
      state: 'denied',
      error: { message: expect.stringContaining("1 of the 2 devices: 'core-2'") },
    });
  });

  it('begins a run over a pool that it may use as before', async () => {
    const { start, plan, unrelated, workOffQueue, works } = await setup();
    const id = await start(pooled, ANN);
    await plan(id);
    await unrelated();
    await workOffQueue();
    expect(works).toEqual(['core-1', 'core-2']);
  });

  it('ends a run as denied already when it is planned, when the right was taken away before', async () => {
    const { start, plan, setPermissions, queue, runs, audit } = await setup();
    const id = await start(pooled, ANN);
    await setPermissions('service:run:test');
    await plan(id);
    expect(await runs.get(id)).toMatchObject({ state: 'denied', planned: false });
    expect(queue.slices.size).toBe(0);
    expect(audit.entries.at(-1)).toMatchObject({ action: 'run.start', decision: 'denied' });
  });

  it('leaves a run alone that has begun: what is taken away then stops it no more', async () => {
    const { start, queue, runs, worker, setPermissions } = await setup();
    const id = await start(named, ANN);
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    await runs.claim(job, 'lost');
    await setPermissions();
    await worker('worker-2')(job);
    expect((await runs.get(id))?.state).toBe('succeeded');
  });

  it('never passes unseen when rights change at each look, and gives up after a while', async () => {
    const { start, queue, runs, catalog, principals, unrelated } = await setup();
    const id = await start(named, ANN);
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    await unrelated();
    const check = createCheckStart({ principals });
    let looks = 0;
    const claiming = claimSlice(
      {
        runs,
        catalog,
        workerId: 'w1',
        checkStart: async (...args) => {
          looks += 1;
          const decision = await check(...args);
          await unrelated();
          return decision;
        },
      },
      job,
    );
    await expect(claiming).rejects.toThrow('changed at each look');
    expect(looks).toBe(20);
    expect((await runs.get(id))?.state).toBe('queued');
  });

  it('begins nothing where nobody can look at the rights', async () => {
    const { start, queue, runs, catalog, unrelated } = await setup();
    await start(named, ANN);
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    await unrelated();
    await expect(claimSlice({ runs, catalog, workerId: 'w1' }, job)).rejects.toThrow('nobody can');
  });
});

describe('a run that is asked for', () => {
  it.each([
    ['a service', requestOf({ service: 'other', devices: ['core-1'] }), 'SERVICE_RUN_DENIED'],
    ['a device', requestOf({ devices: ['edge-1'] }), 'DEVICE_USE_DENIED'],
    ['an account', requestOf({ devices: ['core-1'], runAs: 'sa_ci' }), 'ACT_AS_DENIED'],
    ['an account that is disabled', requestOf({ devices: ['core-1'], runAs: 'sa_off' }), 'SERVICE_ACCOUNT_DISABLED'],
    ['an account that is not there', requestOf({ devices: ['core-1'], runAs: 'sa_no' }), 'SERVICE_ACCOUNT_NOT_FOUND'],
  ])('is refused without a right to %s; only the audit log knows of it', async (_, request, code) => {
    const { accept, put, runs, queue, audit } = await setup();
    await put(
      putDevice(sampleDevice('edge-1')),
      putService(sampleService('other', { type: 'test', settings: {} })),
      { kind: 'service-account', action: 'put', item: { name: 'sa_ci', roles: ['operator'] } },
      { kind: 'service-account', action: 'put', item: { name: 'sa_off', roles: [], disabled: true } },
    );
    await expect(accept(request, ANN)).rejects.toMatchObject({ code });
    expect([runs.records.size, queue.slices.size]).toEqual([0, 0]);
    expect(audit.entries).toMatchObject([{ action: 'run.accept', decision: 'denied', actor: 'ann', detail: { code } }]);
  });

  it('is written into the audit log with the run', async () => {
    const { start, audit } = await setup();
    const id = await start({ ...named, params: { secret: 'x' } }, ADMIN);
    expect(audit.entries).toMatchObject([{ action: 'run.accept', subject: id, decision: 'allowed', actor: 'ada' }]);
    expect(JSON.stringify(audit.entries)).not.toContain('secret');
  });
});
