import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const post = (path: string, json?: object) => gateway.call(path, { method: 'POST', ...(json ? { json } : {}) });

describe('pausing a cluster', () => {
  it('shows who paused it, when and why, until it is resumed', async () => {
    expect((await gateway.call('/v1/clusters/ams/pause')).json).toEqual({ cluster: 'ams', paused: false });
    const paused = await post('/v1/clusters/ams/pause', { reason: 'new core router' });
    expect(paused.status).toBe(200);
    const expected = {
      cluster: 'ams',
      paused: true,
      by: 'ada',
      at: '2026-11-21T00:23:15.311Z',
      reason: 'new core router',
    };
    expect(paused.json).toEqual(expected);
    expect((await gateway.call('/v1/clusters/ams/pause', { login: 'olga:secret' })).json).toEqual(expected);
    expect([...gateway.pausedQueues]).toEqual(['ams']);
    expect((await post('/v1/clusters/ams/resume')).json).toEqual({ cluster: 'ams', paused: false });
    expect([...gateway.pausedQueues]).toEqual([]);
  });

  it('changes nothing when it is done again, and is noted once', async () => {
    await post('/v1/clusters/ams/resume');
    await post('/v1/clusters/ams/pause');
    gateway.clock.advance(5_000);
    expect((await post('/v1/clusters/ams/pause', { reason: 'again' })).json).toMatchObject({
      at: '2026-11-21T00:23:15.311Z',
    });
    await post('/v1/clusters/ams/resume');
    await post('/v1/clusters/ams/resume');
    expect(gateway.audit.entries.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`)).toEqual([
      'ada cluster.pause ams',
      'ada cluster.resume ams',
    ]);
    const shown = { credential: 'password', decision: 'allowed' };
    expect(gateway.audit.entries).toMatchObject([shown, shown]);
  });

  it('tells the workers', async () => {
    const told: string[] = [];
    gateway.control.onClusterPause((cluster) => told.push(cluster));
    await post('/v1/clusters/ams/pause');
    await post('/v1/clusters/ams/resume');
    expect(told).toEqual(['ams', 'ams']);
  });

  it('shows in the list of workers which are paused', async () => {
    for (const [id, cluster] of [
      ['w1', 'ams'],
      ['w2', 'fra'],
    ] as const) {
      await gateway.workers.heartbeat({
        id,
        cluster,
        host: 'h',
        pid: 1,
        version: '1',
        serviceTypes: [],
        slots: 1,
        busySlots: 0,
        startedAtMs: 0,
        seenAtMs: gateway.clock.nowMs(),
        draining: false,
      });
    }
    await post('/v1/clusters/ams/pause');
    const { items } = (await gateway.call('/v1/workers')).json as { items: { id: string; paused: boolean }[] };
    expect(items.map(({ id, paused }) => [id, paused])).toEqual([
      ['w1', true],
      ['w2', false],
    ]);
    // Not in the catalog, and yet somebody pulls its queue.
    expect((await post('/v1/clusters/fra/pause')).status).toBe(200);
  });

  it.each(['pause', 'resume'])(
    'refuses to %s without the permission, and a cluster that is not there',
    async (verb) => {
      const refused = await gateway.call(`/v1/clusters/ams/${verb}`, { method: 'POST', login: 'olga:secret' });
      expect([refused.status, refused.json.code]).toEqual([403, 'PERMISSION_DENIED']);
      const missing = await post(`/v1/clusters/nowhere/${verb}`);
      expect([missing.status, missing.json.code]).toEqual([404, 'CLUSTER_NOT_FOUND']);
      expect([...gateway.pausedQueues]).toEqual([]);
      expect(gateway.audit.entries).toMatchObject([{ actor: 'olga', action: 'call', decision: 'denied' }]);
    },
  );

  it('names what is wrong with a body', async () => {
    const answer = await post('/v1/clusters/ams/pause', { reason: 5, until: 'later' });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.json.errors)).toMatch(/reason/);
    expect([...gateway.pausedQueues]).toEqual([]);
  });
});
