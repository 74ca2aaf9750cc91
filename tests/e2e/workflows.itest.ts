import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CatalogContent, ServiceDocument } from '@runyard/contracts';
import { type Installation, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

let runyard: Installation;

const once = { type: 'workflow', runMethod: 'once' } as const;
const runs = (service: string, more: object = {}) => ({ id: 'next', type: 'run-service', service, ...more });

/** A chain of workflows, each of which runs the next; the last one does some work. */
function chain(prefix: string, length: number): ServiceDocument[] {
  const name = (index: number) => `${prefix}-${index}`;
  return Array.from({ length }, (_, index) =>
    index === length - 1
      ? { name: name(index + 1), type: 'no-op', runMethod: 'once', result: 'the end' }
      : { ...once, name: name(index + 1), steps: [runs(name(index + 2))] },
  );
}

const SERVICES: ServiceDocument[] = [
  ...chain('deep', 5),
  ...chain('long', 11),
  { ...once, name: 'round-a', steps: [runs('round-b')] },
  { ...once, name: 'round-b', steps: [runs('round-a')] },
  { name: 'bad', type: 'no-op', runMethod: 'once', fail: true },
  { ...once, name: 'detaches', steps: [runs('bad', { mode: 'detach' })] },
  { ...once, name: 'waits-for-bad', steps: [runs('bad')] },
  { ...once, name: 'lets-forbidden-go', steps: [runs('secret-work', { mode: 'detach', runAs: 'sa_poor' })] },
  { name: 'secret-work', type: 'no-op', runMethod: 'once' },
  { name: 'slow', type: 'no-op', runMethod: 'once', cluster: 'other', delay: '3s', result: 'slow is done' },
  { ...once, name: 'waits-for-slow', steps: [runs('slow', { result: { said: '$' } })], result: 'vars.said' },
  {
    type: 'workflow',
    name: 'each-device',
    steps: [
      { id: 'look', type: 'no-op', value: '{{ device.name }}', fail: "{{ params.fail == 'look' }}" },
      // oxlint-disable-next-line unicorn/no-thenable -- a key of the step `if`
      { id: 'big', type: 'if', when: "steps.look.result = 'd1'", then: 'tell', else: 'end' },
      { id: 'tell', type: 'no-op', value: 'told {{ steps.look.result }} as {{ run.principal }}' },
    ],
    result: "steps.tell ? steps.tell.result : 'not told'",
  },
  {
    ...once,
    name: 'for-tenants',
    steps: [
      {
        id: 'each',
        type: 'for-each',
        values: 'params.tenants',
        as: 'tenant',
        step: { type: 'run-service', service: 'greet', params: { name: '{{ tenant }}' } },
      },
    ],
    result: 'steps.each.result',
  },
  { name: 'greet', type: 'no-op', runMethod: 'once', result: 'hello {{ params.name }}' },
  {
    ...once,
    name: 'asks',
    steps: [
      { id: 'before', type: 'no-op', value: 'ready' },
      { id: 'ask', type: 'approve', message: 'push to {{ params.site }}?', onFailure: 'undo' },
      { id: 'push', type: 'no-op', value: 'pushed', onSuccess: 'end' },
      { id: 'undo', type: 'no-op', value: 'undone' },
    ],
  },
  {
    ...once,
    name: 'resumable',
    steps: [
      { id: 'first', type: 'run-service', service: 'greet', params: { name: 'once' } },
      { id: 'second', type: 'run-service', service: 'flag' },
    ],
  },
];

const CATALOG: CatalogContent = {
  clusters: [{ name: 'other' }],
  devices: ['d1', 'd2'].map((name) => ({ name, address: '127.0.0.1' })),
  serviceAccounts: [{ name: 'sa_poor', roles: [] }],
  services: [...SERVICES, { name: 'flag', type: 'no-op', runMethod: 'once', fail: true }],
};

beforeAll(async () => {
  // One slot in all: whoever holds one while it waits would stop everything.
  runyard = await startInstallation();
  await runyard.startGateway();
  await runyard.startWorker('default', { RUNYARD_SLOTS: '1' });
  await runyard.startWorker('other');
  await runyard.client.catalog.apply({ catalog: CATALOG });
});

afterAll(() => runyard.stop());

async function start(service: string, more: object = {}): Promise<string> {
  const answer = await runyard.call('/v1/runs', { service, ...more });
  return ((await answer.json()) as { id: string }).id;
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
async function get(path: string): Promise<any> {
  return (await runyard.call(path)).json();
}

describe('a workflow that runs services', () => {
  it('finishes on one worker with one slot, five runs deep on the same queue', async () => {
    const id = await start('deep-1');
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    const tree = await get(`/v1/runs/${id}/tree`);
    const services: string[] = [];
    for (let branch = tree.run; branch; branch = branch.children[0]) services.push(`${branch.service} ${branch.state}`);
    expect(services).toEqual([1, 2, 3, 4, 5].map((index) => `deep-${index} succeeded`));
    expect(tree.rootRunId).toBe(id);
  });

  it('is refused when it comes back to itself, and when the chain is too long', async () => {
    const round = await start('round-a');
    expect(await untilEnded(runyard.client, round)).toBe('failed');
    expect(JSON.stringify(await get(`/v1/runs/${round}/devices/-`))).toContain('RUN_FAILED');
    const [below] = (await get(`/v1/runs/${round}/tree`)).run.children;
    expect((await get(`/v1/runs/${below.id}/steps`)).items[0].error.code).toBe('RUN_CYCLE');
    const long = await start('long-1');
    expect(await untilEnded(runyard.client, long)).toBe('failed');
    let branch = (await get(`/v1/runs/${long}/tree`)).run;
    let depth = 1;
    while (branch.children[0]) [depth, branch] = [depth + 1, branch.children[0]];
    expect([depth, (await get(`/v1/runs/${branch.id}/steps`)).items[0].error.code]).toEqual([10, 'RUN_DEPTH']);
  });

  it('succeeds though the run that it let go fails, and fails with one that it waits for', async () => {
    const detached = await start('detaches');
    expect(await untilEnded(runyard.client, detached)).toBe('succeeded');
    const [child] = (await get(`/v1/runs/${detached}/tree`)).run.children;
    expect(await untilEnded(runyard.client, child.id)).toBe('failed');
    expect(await untilEnded(runyard.client, await start('waits-for-bad'))).toBe('failed');
  });

  it('fails at a step whose account may not run the service, and queues nothing', async () => {
    const id = await start('lets-forbidden-go');
    expect(await untilEnded(runyard.client, id)).toBe('failed');
    const [step] = (await get(`/v1/runs/${id}/steps`)).items;
    expect([step.state, step.error.code, step.runId]).toEqual(['failed', 'SERVICE_RUN_DENIED', undefined]);
    expect((await get('/v1/runs?service=secret-work')).items).toEqual([]);
    expect((await get(`/v1/runs/${id}/tree`)).run.children).toEqual([]);
  });

  it('goes through the values of a list, and gives what each run gave', async () => {
    const id = await start('for-tenants', { params: { tenants: ['ann', 'bob'] } });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect((await get(`/v1/runs/${id}/devices/-`)).result).toEqual(['hello ann', 'hello bob']);
    const { children } = (await get(`/v1/runs/${id}/tree`)).run;
    expect(children.map(({ stepId }: { stepId: string }) => stepId)).toEqual(['each[0]', 'each[1]']);
  });
});

describe('a workflow that is cancelled', () => {
  it('leaves no step that seems to wait still', async () => {
    const id = await start('asks', { params: { site: 'ber' } });
    await waitFor(async () => (await get(`/v1/runs/${id}/steps?state=waiting`)).items.length === 1);
    await runyard.client.runs.cancel(id);
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
    const { endedAt } = await get(`/v1/runs/${id}`);
    expect((await get(`/v1/runs/${id}/steps?state=waiting`)).items).toEqual([]);
    expect((await get(`/v1/runs/${id}/steps?state=cancelled`)).items).toMatchObject([{ step: 'ask', endedAt }]);
  });
});

describe('a workflow whose worker is killed', () => {
  it('goes on waiting for the run that it started, which runs once', async () => {
    const id = await start('waits-for-slow');
    await waitFor(async () => (await get('/v1/runs?service=slow&state=running')).items.length === 1);
    await waitFor(async () => (await get(`/v1/runs/${id}`)).state === 'waiting');
    const [worker] = runyard.workers;
    worker?.signal('SIGKILL');
    await runyard.startWorker('default', { RUNYARD_SLOTS: '1' });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect((await get(`/v1/runs/${id}/devices/-`)).result).toBe('slow is done');
    expect((await get('/v1/runs?service=slow')).items.map(({ state }: { state: string }) => state)).toEqual([
      'succeeded',
    ]);
    // Nobody was at it, so nobody was lost with it.
    expect((await get(`/v1/runs/${id}/devices/-`)).attempts).toBe(1);
  });
});

describe('a workflow whose worker stops', () => {
  it('is handed on while it waits, and goes on at another worker', async () => {
    const id = await start('asks', { params: { site: 'ber' } });
    await waitFor(async () => (await get(`/v1/runs/${id}`)).state === 'waiting');
    expect(await runyard.workers.findLast(({ isAlive }) => isAlive())?.stop()).toBe(0);
    await runyard.startWorker('default', { RUNYARD_SLOTS: '1' });
    await runyard.call(`/v1/runs/${id}/approve`, { step: 'ask' });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    const { items } = await get(`/v1/runs/${id}/steps`);
    expect(items.map(({ step }: { step: string }) => step).toSorted()).toEqual(['ask', 'before', 'push']);
  });
});

describe('a workflow per device', () => {
  it('goes its own way on each device, with its own results', async () => {
    const id = await start('each-device', { devices: ['d1', 'd2'], params: { fail: 'no' } });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect((await get(`/v1/runs/${id}/devices/d1`)).result).toBe('told d1 as admin');
    expect((await get(`/v1/runs/${id}/devices/d2`)).result).toBe('not told');
  });

  it('fails on the device whose step failed, and names the step', async () => {
    const id = await start('each-device', { devices: ['d2'], params: { fail: 'look' } });
    expect(await untilEnded(runyard.client, id)).toBe('failed');
    expect((await get(`/v1/runs/${id}/devices/d2`)).error.message).toContain("The step 'look' failed");
  });
});

describe('a step that asks a person', () => {
  const answer = (id: string, what: string, body: object = { step: 'ask' }) =>
    runyard.call(`/v1/runs/${id}/${what}`, body);
  const asked = (id: string) =>
    waitFor(async () => (await get(`/v1/runs/${id}/steps?state=waiting`)).items.length === 1);

  it('waits without a slot, goes on when approved, and takes one answer', async () => {
    const id = await start('asks', { params: { site: 'ams' } });
    await asked(id);
    const [step] = (await get(`/v1/runs/${id}/steps?state=waiting`)).items;
    expect(step.message).toBe('push to ams?');
    await waitFor(async () => (await get(`/v1/runs/${id}`)).state === 'waiting');
    // The only slot is free meanwhile.
    expect(await untilEnded(runyard.client, await start('greet', { params: { name: 'x' } }))).toBe('succeeded');
    const approved = await answer(id, 'approve', { step: 'ask', comment: 'fine' });
    expect(await approved.json()).toMatchObject({ state: 'succeeded', approval: { isApproved: true, by: 'admin' } });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect((await get(`/v1/runs/${id}/devices/-`)).result).toMatchObject({ push: 'pushed' });
    expect((await answer(id, 'approve')).status).toBe(409);
  });

  it('goes the other way when rejected', async () => {
    const id = await start('asks', { params: { site: 'fra' } });
    await asked(id);
    await answer(id, 'reject');
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect((await get(`/v1/runs/${id}/devices/-`)).result).toMatchObject({ undo: 'undone' });
    expect((await get(`/v1/runs/${id}/devices/-`)).result).not.toHaveProperty('push');
  });

  it('is cancelled with its run', async () => {
    const id = await start('asks', { params: { site: 'osl' } });
    await asked(id);
    await runyard.call(`/v1/runs/${id}/cancel`, {});
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
    expect((await answer(id, 'approve')).status).toBe(409);
  });
});

describe('a workflow that failed', () => {
  it('is resumed at the step that failed, and does not do again what ended well', async () => {
    const id = await start('resumable');
    expect(await untilEnded(runyard.client, id)).toBe('failed');
    const greeted = (await get('/v1/runs?service=greet')).items.length;
    await runyard.client.catalog.apply({
      catalog: { services: [{ name: 'flag', type: 'no-op', runMethod: 'once', result: 'mended' }] },
    });
    const answer = await runyard.call(`/v1/runs/${id}/rerun`, { resume: true });
    const resumed = (await answer.json()) as { id: string };
    expect(await untilEnded(runyard.client, resumed.id)).toBe('succeeded');
    expect((await get('/v1/runs?service=greet')).items.length).toBe(greeted);
    expect((await get(`/v1/runs/${resumed.id}/devices/-`)).result).toEqual({ first: 'hello once', second: 'mended' });
  });
});

describe('runs below one that is cancelled', () => {
  it('are cancelled too', async () => {
    const id = await start('waits-for-slow');
    await waitFor(async () => (await get(`/v1/runs/${id}/tree`)).run.children[0]?.state === 'running');
    await runyard.call(`/v1/runs/${id}/cancel`, {});
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
    const [child] = (await get(`/v1/runs/${id}/tree`)).run.children;
    expect(await untilEnded(runyard.client, child.id)).toBe('cancelled');
  });
});
