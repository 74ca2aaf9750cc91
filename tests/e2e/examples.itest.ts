import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentOf, readCatalog } from '@runyard/catalog';
import { type Installation, needs, startInstallation, untilEnded } from '@runyard/testkit';

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples/catalog');

let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['ams', 'fra'] });
  const { documents, bundles, problems } = await readCatalog([EXAMPLES], { env: {} });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const device = (name: string, cluster: string, role: string) => ({
    name,
    address: '127.0.0.1',
    cluster,
    platform: 'cisco-ios',
    attributes: { role, site: cluster, vendor: 'cisco' },
  });
  const devices = [device('sim-1', 'ams', 'core'), device('sim-2', 'fra', 'core'), device('sim-3', 'ams', 'edge')];
  const clusters = [{ name: 'ams' }, { name: 'fra' }];
  await runyard.client.catalog.apply({ catalog: { clusters, devices } });
  await runyard.client.catalog.apply({
    catalog: contentOf(documents),
    bundles: bundles.map(({ hash, content }) => ({ hash, content: Buffer.from(content).toString('base64') })),
  });
}, 60_000);
afterAll(async () => {
  await runyard.stop();
});

async function run(service: string, params: Record<string, string | number | boolean> = {}, check = false) {
  const { id } = await runyard.client.runs.create({ service, params, ...(check ? { check } : {}) });
  const state = await untilEnded(runyard.client, id);
  const log = (await (await runyard.call(`/v1/runs/${id}/log`)).json()) as { items: { text: string }[] };
  const { counts } = await runyard.client.runs.get(id);
  return { state, log: log.items.map(({ text }) => text).join('\n'), counts };
}

needs(
  describe,
  'redis-server',
  'python3',
  'ansible-playbook',
  'tofu or terraform',
)('the examples', () => {
  it('hello: a program from a source folder', async () => {
    expect(await run('hello', { greeting: 'Hej' })).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
  });

  it('subnets: defaults of a decorator, and what it refuses', async () => {
    const { state, log } = await run('subnets', { count: 2, verbose: true });
    expect(state).toBe('succeeded');
    expect(log).toContain('{"network": "10.0.0.0/16", "subnets": ["10.0.0.0/24", "10.0.1.0/24"]}');
    const refused = await runyard.call('/v1/runs', { service: 'subnets', params: { prefix: 'x', other: 1 } });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, 'PARAMS_INVALID']);
    expect((await run('subnets', { network: 'nonsense' })).state).toBe('failed');
  });

  it('device-card: a virtual environment, the device on its input', async () => {
    const { state, log, counts } = await run('device-card');
    expect([state, counts.succeeded]).toEqual(['succeeded', 2]);
    expect(log).toMatch(/\| name: sim-1 +\|/);
  });

  it('site-labels: a playbook in check mode and for real', async () => {
    for (const check of [true, false]) {
      const { state, log, counts } = await run('site-labels', { label: 'gone {{ 1 + 1 }}' }, check);
      expect([state, counts.succeeded]).toEqual(['succeeded', 2]);
      expect(log).toContain('sim-1 (core, ams): gone {{ 1 + 1 }}');
    }
  });

  it('address-plan: applied, seen by the next run, and taken away', async () => {
    expect((await run('address-plan')).log).toContain('2 added');
    expect((await run('address-plan', { action: 'plan' })).log).toMatch(/No changes|0 to add/);
    expect((await run('address-plan', { action: 'destroy' })).log).toContain('2 destroyed');
  });
});

needs(describe, 'redis-server')('the examples of endpoints and workflows', () => {
  it('greet: its result is the answer', async () => {
    const answer = await runyard.call('/api/services/greet/hello?name=Ada&greeting=Hej');
    expect(await answer.json()).toMatchObject({ state: 'succeeded', result: 'Hej, Ada!' });
  });

  it('morning-round: another service for each value, and what it gave', async () => {
    const { id } = await runyard.client.runs.create({ service: 'morning-round', devices: ['sim-1'] });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    const { result } = (await (await runyard.call(`/v1/runs/${id}/devices/sim-1`)).json()) as { result: unknown };
    const texts = ['Hello, sim-1!', 'Hej, sim-1!'];
    expect(result).toEqual({ texts, report: 'sim-1 was greeted 2 times' });
  });

  it('morning: a schedule whose account may do what it takes, and nothing beside it', async () => {
    const fired = await runyard.call('/v1/schedules/morning/run-now', {});
    const { id } = (await fired.json()) as { id: string };
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect(await runyard.client.runs.get(id)).toMatchObject({ principal: 'sa_morning', actor: 'admin' });
    const edge = { service: 'morning-round', devices: ['sim-3'], runAs: 'sa_morning' };
    const refused = (await (await runyard.call('/v1/runs', edge)).json()) as { code: string };
    expect(refused.code).toBe('DEVICE_USE_DENIED');
  });
});
