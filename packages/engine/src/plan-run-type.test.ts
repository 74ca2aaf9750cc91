import { describe, expect, it } from '@jest/globals';
import { SERVICE_DEFAULTS } from '@runyard/domain';
import { engineBundle } from '@runyard/testkit';

async function setup() {
  const bundle = engineBundle();
  await bundle.put(
    { kind: 'device', action: 'put', item: { name: 'a', address: '192.0.2.1', cluster: 'ams' } },
    { kind: 'pool', action: 'put', item: { name: 'all', devices: ['a'] } },
    { kind: 'service', action: 'put', item: { ...SERVICE_DEFAULTS, name: 'test', type: 'test', settings: {} } },
  );
  const live = (id: string, serviceTypes: readonly string[]) =>
    bundle.workers.heartbeat({
      id,
      cluster: 'ams',
      host: 'h',
      pid: 1,
      version: '1',
      serviceTypes,
      slots: 1,
      busySlots: 0,
      startedAtMs: 0,
      seenAtMs: bundle.clock.nowMs(),
      draining: false,
    });
  const start = () => bundle.start({ targets: { devices: [], ipAddresses: [], pools: ['all'] } });
  return { bundle, live, start };
}

describe('planning a run whose type nobody runs', () => {
  it('fails the run at once with the reason, when workers live in the cluster', async () => {
    const { bundle, live, start } = await setup();
    await live('w1', ['other']);
    const id = await start();
    await bundle.plan(id);
    expect(await bundle.runs.get(id)).toMatchObject({
      state: 'failed',
      error: { code: 'SERVICE_TYPE_UNKNOWN', message: expect.stringContaining("'ams'") },
    });
  });

  it('plans it when one of them runs the type, and when nobody lives there', async () => {
    const { bundle, live, start } = await setup();
    const first = await start();
    await bundle.plan(first);
    expect(await bundle.runs.get(first)).toMatchObject({ state: 'queued', planned: true });
    await live('w1', ['other']);
    await live('w2', ['test']);
    const second = await start();
    await bundle.plan(second);
    expect(await bundle.runs.get(second)).toMatchObject({ state: 'queued', planned: true });
  });
});
