import { describe, expect, it, jest } from '@jest/globals';
import { AppError } from '@runyard/domain';
import { ADMIN, engineBundle, putDevice, putService, requestOf, sampleDevice, sampleService } from '@runyard/testkit';

async function setup() {
  const bundle = engineBundle();
  await bundle.put(
    putDevice(sampleDevice('d1')),
    putDevice(sampleDevice('d2', { cluster: 'fra' })),
    putService(sampleService('test', { type: 'test', settings: {} })),
    { kind: 'pool', action: 'put', item: { name: 'all', rule: { all: [{ property: 'name', matches: '^d' }] } } },
    { kind: 'pool', action: 'put', item: { name: 'none', devices: [] } },
  );
  return bundle;
}

describe('accepting a run', () => {
  it('writes the record and queues a slice for each cluster', async () => {
    const { accept, queue, runs } = await setup();
    const answer = await accept(requestOf({ devices: ['d1', 'd2'] }), ADMIN);
    expect(answer.kind).toBe('accepted');
    expect([...queue.slices.values()].map(({ cluster }) => cluster)).toEqual(['ams', 'fra']);
    const id = answer.kind === 'accepted' ? answer.spec.id : '';
    expect(await runs.get(id)).toMatchObject({ state: 'queued', planned: true, counts: { total: 2, pending: 2 } });
  });

  it('is refused for a service account that was disabled or deleted since it was let in', async () => {
    const { start, put, runs } = await setup();
    const account = (disabled: boolean) =>
      put({ kind: 'service-account', action: 'put', item: { name: 'sa_ci', roles: ['operator'], disabled } });
    const principal = { name: 'sa_ci', kind: 'service-account', roles: ['operator'], credentialId: 'key-1' } as const;
    const call = () => start({ devices: ['d1'] }, { principal, door: 'native' });
    await account(false);
    const id = await call();
    await account(true);
    await expect(call()).rejects.toMatchObject({ code: 'PRINCIPAL_REVOKED', status: 403 });
    await put({ kind: 'service-account', action: 'delete', name: 'sa_ci' });
    await expect(call()).rejects.toMatchObject({ code: 'PRINCIPAL_REVOKED' });
    expect((await runs.list({}, null, 10)).items.map(({ spec }) => spec.id)).toEqual([id]);
    // No account of the catalog stands behind a key that has roles of its own.
    const old = { ...principal, name: 'old', hasOwnRoles: true } as const;
    await expect(start({ devices: ['d1'] }, { principal: old, door: 'native' })).resolves.toBeDefined();
  });

  it('leaves pools to the plan step', async () => {
    const { accept, queue, runs, plan } = await setup();
    const answer = await accept(requestOf({ targets: { devices: [], ipAddresses: [], pools: ['all'] } }), ADMIN);
    const id = answer.kind === 'accepted' ? answer.spec.id : '';
    expect([...queue.plans.keys()]).toEqual([id]);
    expect(queue.slices.size).toBe(0);
    await plan(id);
    expect(queue.slices.size).toBe(2);
    expect((await runs.get(id))?.counts.total).toBe(2);
  });

  it('plans a run once, however often the plan step is repeated', async () => {
    const { start, queue, plan, runs } = await setup();
    const id = await start({ targets: { devices: [], ipAddresses: [], pools: ['all'] } });
    await plan(id);
    queue.slices.clear();
    await plan(id);
    expect(queue.slices.size).toBe(2);
    expect((await runs.get(id))?.counts.total).toBe(2);
  });

  it('fails a run whose pools hold no device, with the reason', async () => {
    const { start, plan, runs } = await setup();
    const id = await start({ targets: { devices: [], ipAddresses: [], pools: ['none'] } });
    await plan(id);
    expect(await runs.get(id)).toMatchObject({
      state: 'failed',
      error: { code: 'TARGETS_EMPTY', message: "No device is left to run on: the pools 'none' hold no device." },
    });
  });

  it('writes nothing when a target is unknown', async () => {
    const { accept, queue, runs } = await setup();
    const answer = await accept(requestOf({ devices: ['d1', 'zz'] }), ADMIN);
    expect(answer).toEqual({ kind: 'unknown-targets', errors: ["No device with the name 'zz'"] });
    expect(queue.slices.size + queue.plans.size).toBe(0);
    expect((await runs.list({}, null, 10)).items).toEqual([]);
  });

  it('goes on with the known targets when told to, and keeps the texts', async () => {
    const { accept } = await setup();
    const answer = await accept(requestOf({ devices: ['d1', 'zz'], ignoreInvalidTargets: true }), ADMIN);
    expect(answer).toMatchObject({
      kind: 'accepted',
      spec: { targets: { devices: ['d1'] }, targetErrors: ["No device with the name 'zz'"] },
    });
  });

  it('answers that there is nothing to run on, and writes nothing', async () => {
    const { accept, runs } = await setup();
    expect((await accept(requestOf({}), ADMIN)).kind).toBe('no-targets');
    expect((await runs.list({}, null, 10)).items).toEqual([]);
  });

  it('shows with a dry run which devices it would take, and writes nothing', async () => {
    const { accept, runs } = await setup();
    const targets = { devices: ['d2'], ipAddresses: [], pools: ['all'] };
    const answer = await accept(requestOf({ dryRun: true, targets }), ADMIN);
    expect(answer.kind === 'dry-run' && answer.devices.map(({ name }) => name)).toEqual(['d2', 'd1']);
    expect((await runs.list({}, null, 10)).items).toEqual([]);
  });

  it('runs a service with run method once as one piece of work in one cluster', async () => {
    const { put, start, queue, runs } = await setup();
    await put(putService(sampleService('report', { type: 'test', runMethod: 'once', settings: {} })));
    const id = await start({ service: 'report', devices: ['d2', 'd1'] });
    expect([...queue.slices.values()].map(({ cluster }) => cluster)).toEqual(['fra']);
    expect((await runs.get(id))?.counts.total).toBe(1);
  });

  it.each([
    ['an unknown service', { service: 'nope' }, 'SERVICE_NOT_FOUND'],
    ['an unknown version', { version: 9 }, 'SERVICE_NOT_FOUND'],
    ['an unknown cluster', { cluster: 'nope', devices: ['d1'] }, 'CLUSTER_NOT_FOUND'],
  ])('refuses %s', async (_, request, code) => {
    const { accept } = await setup();
    await expect(accept(requestOf(request), ADMIN)).rejects.toMatchObject({ code });
  });

  it('refuses a disabled service', async () => {
    const { put, accept } = await setup();
    await put(putService(sampleService('test', { type: 'test', disabled: true })));
    await expect(accept(requestOf({ devices: ['d1'] }), ADMIN)).rejects.toMatchObject({ code: 'SERVICE_DISABLED' });
  });

  it('runs the version asked for after the service has changed', async () => {
    const { put, start, runs } = await setup();
    await put(putService(sampleService('test', { type: 'test', timeoutMs: 1 })));
    const id = await start({ version: 1, devices: ['d1'] });
    expect((await runs.get(id))?.spec.version).toBe(1);
  });
});

describe('accepting on a copy of the catalog', () => {
  it('asks for the newest catalog before it refuses anything', async () => {
    const { accept, catalog, put } = await setup();
    const old = catalog.lastView();
    await put(putDevice(sampleDevice('new')));
    const stale = jest.spyOn(catalog, 'lastView').mockReturnValue(old);
    expect((await accept(requestOf({ devices: ['new'] }), ADMIN)).kind).toBe('accepted');
    expect(stale).toHaveBeenCalled();
  });

  it('decides anew when the catalog moved while the run was written', async () => {
    const { accept, runs, put } = await setup();
    const write = runs.accept.bind(runs);
    const revisions: (number | undefined)[] = [];
    jest.spyOn(runs, 'accept').mockImplementation(async (spec, plan, revision) => {
      revisions.push(revision);
      if (revisions.length > 1) return write(spec, plan);
      await put(putDevice(sampleDevice('other')));
      return 'catalog-moved' as never;
    });
    expect((await accept(requestOf({ devices: ['d1'] }), ADMIN)).kind).toBe('accepted');
    expect(revisions[1]).toBe((revisions[0] ?? 0) + 1);
  });
});

describe('the rights under which a run is accepted', () => {
  it('are those of when its caller was let in, so that what changed since is looked at before it begins', async () => {
    const { accept, put } = await setup();
    const answer = await accept(requestOf({ devices: ['d1'] }), { ...ADMIN, rightsRevision: '3:1' });
    await put(putDevice(sampleDevice('other')));
    expect(answer).toMatchObject({ kind: 'accepted', spec: { rightsRevision: '3:1' } });
  });

  it('come before what the service is: who may not run it is told nothing of its endpoints', async () => {
    const { accept } = await setup();
    const bob = { ...ADMIN, principal: { ...ADMIN.principal, name: 'bob', roles: [] } };
    const refused = accept(requestOf({ endpoint: 'gone' }), bob);
    await expect(refused).rejects.toMatchObject({ code: 'SERVICE_RUN_DENIED' });
    await expect(accept(requestOf({ endpoint: 'gone' }), ADMIN)).rejects.toMatchObject({ code: 'ENDPOINT_NOT_FOUND' });
  });
});

describe('a run that is refused', () => {
  it('is written down with who asked first and the runs that led there', async () => {
    const { accept, start, audit } = await setup();
    const parent = await start({ devices: ['d1'] });
    const bob = { ...ADMIN, principal: { ...ADMIN.principal, name: 'bob', roles: [] } };
    const called = accept(requestOf({ devices: ['d1'], lineage: { runId: parent, stepId: 'call' } }), bob);
    await expect(called).rejects.toMatchObject({ code: 'SERVICE_RUN_DENIED' });
    expect(audit.entries.at(-1)).toMatchObject({
      actor: 'bob',
      initiator: 'ada',
      chain: [parent],
      decision: 'denied',
      detail: { code: 'SERVICE_RUN_DENIED' },
    });
  });

  it('takes two rows a minute, however often it is asked for', async () => {
    const { accept, audit, decisions } = await setup();
    const bob = { ...ADMIN, principal: { ...ADMIN.principal, name: 'bob', roles: [] } };
    for (let count = 0; count < 50; count += 1) {
      await expect(accept(requestOf({ devices: ['d1'] }), bob)).rejects.toMatchObject({ code: 'SERVICE_RUN_DENIED' });
    }
    await decisions.stop();
    expect(audit.entries.map(({ detail }) => detail['repeated'])).toEqual([undefined, 49]);
  });
});

describe('accepting while the queue fails', () => {
  it('has accepted the run once its record is written, and the reconciler queues it', async () => {
    const { accept, runs, queue } = await setup();
    jest.spyOn(queue, 'addSlices').mockRejectedValue(new AppError('STORE_UNAVAILABLE', 'full'));
    const answer = await accept(requestOf({ devices: ['d1'] }), ADMIN);
    expect(answer.kind === 'accepted' && (await runs.get(answer.spec.id))?.state).toBe('queued');
  });

  it('has not accepted it when the record could not be written', async () => {
    const { accept, runs } = await setup();
    jest.spyOn(runs, 'accept').mockRejectedValue(new AppError('STORE_UNAVAILABLE', 'away'));
    await expect(accept(requestOf({ devices: ['d1'] }), ADMIN)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
