import { describe, expect, it } from '@jest/globals';
import { type RepositoryOrder, type RunId, SERVICE_DEFAULTS } from '@runyard/domain';
import { MemoryCatalogStore, MemoryLog, MemoryServiceStates, TestClock } from '@runyard/testkit';
import { createTaskResources, type TaskResourcesDependencies } from './task-resources.ts';

const never = new AbortController().signal;
const holder = { runId: 'a'.repeat(24), device: '', service: 's', principal: 'ada' };

async function setup(more: Partial<TaskResourcesDependencies> = {}) {
  const clock = new TestClock();
  const catalog = new MemoryCatalogStore(clock);
  const repository = { name: 'code', url: 'https://git.example.net/code', passwordName: 'pw', privateKeyName: 'key' };
  await catalog.write([{ kind: 'repository', action: 'put', item: repository }], 0);
  const pins = new Map<RunId, string>();
  const asked: RepositoryOrder[] = [];
  const released: string[] = [];
  const states = new MemoryServiceStates();
  const resources = createTaskResources({
    catalog,
    credentials: { forDevice: async () => null, named: async () => null, secret: async (name) => `value of ${name}` },
    runs: { pin: async (id: RunId, text: string) => pins.get(id) ?? (pins.set(id, text), text) } as never,
    locks: {
      hold: async (key) => ({ token: 5, lost: never, release: async () => void released.push(key) }),
    },
    states,
    repositoryFolder: async (order) => {
      asked.push(order);
      return order.pinned ?? order.pin('seen-now');
    },
    ...more,
  });
  return { resources, catalog, asked, pins, states, released, log: new MemoryLog() };
}

describe('the resources of tasks', () => {
  it('open the secrets of a repository and pin the run to the commit that it saw first', async () => {
    const { resources, asked, pins } = await setup();
    pins.set('b'.repeat(24), 'seen-before');
    expect(await resources.repositoryFolder('code', 'a'.repeat(24), never)).toBe('seen-now');
    expect(await resources.repositoryFolder('code', 'b'.repeat(24), never)).toBe('seen-before');
    expect(asked[0]).toMatchObject({ password: 'value of pw', privateKey: 'value of key', pinned: null });
    await resources.repositoryFolder('code', 'a'.repeat(24), never);
    expect(asked[2]?.pinned).toBe('seen-now');
  });

  it('tell the inputs of a service, or of its decorator', async () => {
    const { resources, catalog } = await setup();
    const service = { ...SERVICE_DEFAULTS, name: 's', type: 't', settings: {} };
    const schema = { properties: { b: {}, c: {} } };
    await catalog.write([{ kind: 'decorator', action: 'put', item: { name: 'own', schema } }], 1);
    expect(await resources.inputNames({ ...service, inputs: { properties: { a: {} } } })).toEqual(['a']);
    expect(await resources.inputNames({ ...service, decorator: 'own' })).toEqual(['b', 'c']);
    expect(await resources.inputNames(service)).toEqual([]);
  });

  it('tell that there is no such repository', async () => {
    const { resources } = await setup();
    await expect(resources.repositoryFolder('none', 'a'.repeat(24), never)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining("'none'"),
    });
  });

  it('hold the lock of a state from before it is read until it is let go', async () => {
    const { resources, states, released } = await setup();
    const first = await resources.keptState('plan/a', holder, never);
    expect(first.content).toBeNull();
    await first.save('one');
    await first.release();
    expect(released).toEqual(['state/plan/a']);
    expect((await resources.keptState('plan/a', holder, never)).content).toBe('one');
    expect(await states.read('plan/a')).toBe('one');
  });

  it('refuse to save what somebody with a later lock has in hand', async () => {
    const { resources, states } = await setup();
    const late = await resources.keptState('plan/a', holder, never);
    await states.write('plan/a', 'newer', 6);
    await expect(late.save('stale')).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(await states.read('plan/a')).toBe('newer');
  });

  it('let the lock go when the state cannot be read', async () => {
    const broken = { read: () => Promise.reject(new Error('gone')), write: async () => true };
    const { resources, released } = await setup({ states: broken });
    await expect(resources.keptState('plan/a', holder, never)).rejects.toThrow('gone');
    expect(released).toEqual(['state/plan/a']);
  });
});
