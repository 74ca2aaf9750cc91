import { describe, expect, it } from '@jest/globals';
import { AppError } from '@runyard/domain';
import {
  ADMIN,
  CountingRunIds,
  engineBundle,
  MemoryIdempotencyStore,
  putDevice,
  putService,
  requestOf,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { type AcceptRun, createAcceptOnce } from './index.ts';

async function setup(wrap: (accept: AcceptRun) => AcceptRun = (accept) => accept) {
  const bundle = engineBundle();
  await bundle.put(
    putDevice(sampleDevice('d1')),
    putService(sampleService('test', { type: 'test', settings: {} })),
    putService(sampleService('off', { type: 'test', settings: {}, disabled: true })),
  );
  const { clock, runs, accept } = bundle;
  const keys = new MemoryIdempotencyStore(clock);
  const once = createAcceptOnce({ accept: wrap(accept), runs, keys, ids: new CountingRunIds(clock), clock });
  const call = (body: object = { n: 1 }, changes: Parameters<typeof requestOf>[0] = {}, key = 'k') =>
    once(requestOf({ devices: ['d1'], ...changes }), ADMIN, { key, body: body as never });
  const runIds = async () => (await runs.list({}, null, 100)).items.map(({ spec: { id } }) => id);
  return { ...bundle, keys, once, call, runIds };
}

const away = () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'away'));

describe('accepting once', () => {
  it('gives the first run again for the same key and body, as it is now', async () => {
    const { call, runIds, cancel } = await setup();
    const first = await call({ a: 1, b: { c: 2, d: [3] } });
    if (first.kind !== 'accepted') throw new Error(first.kind);
    await cancel(first.spec.id, ADMIN);
    const again = await call({ b: { d: [3], c: 2 }, a: 1 });
    expect(again).toMatchObject({ kind: 'replayed', record: { state: 'cancelled', spec: { id: first.spec.id } } });
    expect(await runIds()).toEqual([first.spec.id]);
  });

  it('refuses another body under the same key', async () => {
    const { call, runIds } = await setup();
    await call({ n: [1, 2] });
    await expect(call({ n: [2, 1] })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
    expect(await runIds()).toHaveLength(1);
  });

  it('keeps apart the API keys of one account that reach other services', async () => {
    const { once } = await setup();
    const callWith = async (credentialId: string) => {
      const caller = { ...ADMIN, principal: { ...ADMIN.principal, credentialId, services: ['test'] } };
      return (await once(requestOf({ devices: ['d1'] }), caller, { key: 'k', body: { n: 1 } })).kind;
    };
    expect(await callWith('key-1')).toBe('accepted');
    expect(await callWith('key-2')).toBe('accepted');
    expect(await callWith('key-1')).toBe('replayed');
  });

  it('takes the same key of another caller, and another key, for another run', async () => {
    const { call, once, runIds } = await setup();
    await call();
    await call(undefined, {}, 'other');
    const bob = { ...ADMIN, principal: { ...ADMIN.principal, name: 'bob' } };
    expect((await once(requestOf({ devices: ['d1'] }), bob, { key: 'k', body: { n: 1 } })).kind).toBe('accepted');
    expect(await runIds()).toHaveLength(3);
  });

  it('starts one run for 200 calls at once', async () => {
    const { call, runIds } = await setup();
    const answers = await Promise.allSettled(Array.from({ length: 200 }, () => call()));
    expect(await runIds()).toHaveLength(1);
    const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason.code);
    expect(new Set(refused)).toEqual(new Set(['IDEMPOTENCY_IN_FLIGHT']));
  });

  it.each([
    ['a service that is off', { service: 'off' }],
    ['an unknown target', { devices: ['zz'] }],
    ['no target', { devices: [] }],
  ])('leaves no key behind when it refuses %s', async (_title, changes) => {
    const { call, keys, runIds } = await setup();
    await call({ n: 1 }, changes).catch(() => undefined);
    expect(keys.size).toBe(0);
    expect((await call({ n: 2 })).kind).toBe('accepted');
    expect(await runIds()).toHaveLength(1);
  });

  it('keeps no key for a dry run', async () => {
    const { call, keys } = await setup();
    expect((await call({}, { dryRun: true })).kind).toBe('dry-run');
    expect(keys.size).toBe(0);
  });

  it('accepts under the id that was chosen when the first call died before it wrote the run', async () => {
    let deaths = 1;
    // A call that dies neither answers nor tidies up.
    const { call, clock, runIds } = await setup((accept) => async (request, caller) => {
      chosen.push(request.chosen?.id ?? '');
      return deaths-- > 0 ? new Promise(() => undefined) : accept(request, caller);
    });
    const chosen: string[] = [];
    void call();
    await Promise.resolve();
    clock.advance(29_999);
    await expect(call()).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT', retryAfter: 1 });
    clock.advance(1);
    const answers = await Promise.allSettled([call(), call(), call()]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await runIds()).toEqual([chosen[0]]);
    expect(chosen).toHaveLength(2);
  });

  it('finds the run when the first call died after it wrote it', async () => {
    const { call, runIds } = await setup((accept) => async (request, caller) => {
      await accept(request, caller);
      return new Promise(() => undefined);
    });
    void call();
    await new Promise((resolve) => setImmediate(resolve));
    expect((await call()).kind).toBe('replayed');
    expect(await runIds()).toHaveLength(1);
  });

  it('answers with a run that is there only when its store confirms it', async () => {
    const { call, runs, runIds } = await setup((accept) => async (request, caller) => {
      await accept(request, caller);
      return away();
    });
    const write = runs.accept.bind(runs);
    await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    runs.accept = away;
    await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    runs.accept = write;
    expect((await call()).kind).toBe('replayed');
    runs.accept = away;
    expect((await call()).kind).toBe('replayed');
    expect(await runIds()).toHaveLength(1);
  });

  it('lets the next call try at once under the same id when Redis went away in between', async () => {
    const ids: string[] = [];
    const { call, runIds } = await setup((accept) => async (request, caller) => {
      ids.push(request.chosen?.id ?? '');
      return ids.length === 1 ? away() : accept(request, caller);
    });
    await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await call()).kind).toBe('accepted');
    expect(ids[1]).toBe(ids[0]);
    expect(await runIds()).toEqual([ids[0]]);
  });

  it('does not run it again when the run is not kept any more', async () => {
    const { call, runs, runIds } = await setup();
    await call();
    runs.get = () => Promise.resolve(null);
    await expect(call()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(await runIds()).toHaveLength(1);
  });

  it('forgets a key after a day', async () => {
    const { call, clock, runIds } = await setup();
    await call();
    clock.advance(24 * 3_600_000);
    expect((await call({ other: true })).kind).toBe('accepted');
    expect(await runIds()).toHaveLength(2);
  });
});
