import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Endpoint } from '@runyard/domain';
import type { RunRequest } from '@runyard/engine';
import { createLineageSigner } from '@runyard/outbound';
import { putService, sampleService } from '@runyard/testkit';
import type { GatewayDependencies } from '../src/gateway-dependencies.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

const lineage = { runId: '0123456789abcdef01234567', stepId: 'call-back' };

let asked: RunRequest[];
let gateway: TestGateway;
beforeEach(async () => {
  asked = [];
  gateway = await startGateway();
  const { acceptRun, acceptOnce } = gateway.deps;
  const listening: Partial<GatewayDependencies> = {
    acceptRun: (request, caller) => {
      asked.push(request);
      return acceptRun(request, caller);
    },
    acceptOnce: (request, caller, once) => {
      asked.push(request);
      return acceptOnce(request, caller, once);
    },
  };
  Object.assign(gateway.deps, listening);
  const endpoints: Endpoint[] = [{ name: 'now', methods: ['GET', 'POST'], parameters: [], async: true }];
  const service = sampleService('asked', { type: 'no-op', settings: {}, runMethod: 'once', endpoints });
  const { revision } = await gateway.catalog.view();
  const byDefault = { kind: 'cluster', action: 'put', item: { name: 'default' } } as const;
  await gateway.catalog.write([byDefault, putService(service)], revision);
});
afterEach(() => gateway.stop());

const DOORS: readonly (readonly [string, string, object, Readonly<Record<string, string>>])[] = [
  ['native', '/v1/runs', { service: 'show', devices: ['d1'] }, {}],
  ['native, with a key', '/v1/runs', { service: 'show', devices: ['d1'] }, { 'idempotency-key': 'k1' }],
  ['endpoint', '/api/services/asked/now', {}, {}],
  [
    'Gateway Manager',
    '/gateway_manager/v1/services/run',
    { serviceName: 'once', clusterId: 'ams', inventory: null },
    { prefer: 'respond-async' },
  ],
  ['eNMS', '/rest/run_service', { name: 'show', devices: ['d1'], async: true }, {}],
];

describe('a call from a run of ours', () => {
  it.each(DOORS)('through the door %s is accepted as coming from its step', async (_, path, json, headers) => {
    const signed = { ...headers, 'x-runyard-lineage': gateway.lineage.sign(lineage) };
    expect((await gateway.call(path, { json, headers: signed })).status).toBeLessThan(300);
    expect(asked).toMatchObject([{ lineage }]);
  });

  it.each(DOORS)(
    'through the door %s without our signature is a call like any other',
    async (_, path, json, headers) => {
      const stranger = createLineageSigner({ secretKey: randomBytes(32), clock: gateway.clock });
      for (const header of [stranger.sign(lineage), 'v1.x.y', '']) {
        const forged = { ...headers, 'x-runyard-lineage': header };
        expect((await gateway.call(path, { json, headers: forged })).status).toBeLessThan(300);
      }
      expect(asked).toHaveLength(3);
      expect(asked.filter((request) => 'lineage' in request)).toEqual([]);
    },
  );

  it('cannot leave its chain by running an earlier run again', async () => {
    const { json: accepted } = await gateway.call('/v1/runs', { json: { service: 'show', devices: ['d1'] } });
    await gateway.work();
    const orders: unknown[] = [];
    const { rerunRun } = gateway.deps;
    const listening: Partial<GatewayDependencies> = {
      rerunRun: (runId, order, caller) => {
        orders.push(order);
        return rerunRun(runId, order, caller);
      },
    };
    Object.assign(gateway.deps, listening);
    const headers = { 'x-runyard-lineage': gateway.lineage.sign(lineage) };
    await gateway.call(`/v1/runs/${accepted.id}/rerun`, { json: { only: 'all' }, headers });
    await gateway.call(`/v1/runs/${accepted.id}/rerun`, { json: { only: 'all' } });
    expect(orders).toMatchObject([{ lineage }, expect.not.objectContaining({ lineage })]);
  });

  it('cannot say in its body where it comes from', async () => {
    const answer = await gateway.call('/v1/runs', { json: { service: 'show', devices: ['d1'], lineage } });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toMatchObject([{ message: expect.stringContaining('lineage') }]);
    expect(asked).toEqual([]);
  });
});
