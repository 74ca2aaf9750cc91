import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serviceIdOf } from '@runyard/engine';
import { putService, sampleService, waitFor } from '@runyard/testkit';
import { gatewayManagerClient, startGatewayManager, V1 } from './gateway-manager-client.ts';
import type { Answer, CallOptions, TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
const { ok, refused } = gatewayManagerClient(() => gateway);
beforeEach(async () => {
  gateway = await startGatewayManager();
});
afterEach(() => gateway.stop());

describe('running a service', () => {
  const run = (json: object, options: CallOptions = {}) =>
    ok('GatewayManagerRunAnswer', `${V1}/services/run`, { json, ...options });
  const async = { headers: { prefer: 'respond-async' } };

  it('answers in the shape of both generations when it has ended', async () => {
    const asked = run({ serviceName: 'once', clusterId: 'ams', params: { a: 1 }, inventory: '' });
    await waitFor(() => gateway.queue.slices.size > 0);
    await gateway.work();
    const answer = await asked;
    expect(answer).toMatchObject({ jsonrpc: '2.0', status: 'completed', message: 'Running once on ams' });
    expect(answer.result).toMatchObject({ data: serviceIdOf('ams', 'once'), return_code: 0, stderr: '' });
    const job = await ok('GatewayManagerJob', `/operations-manager/jobs/${answer.result.job_id}`);
    expect(job.data).toMatchObject({ name: 'once', status: 'complete', metrics: { user: 'ada' } });
    expect(job.data.variables.return_code).toBe(0);
  });

  it('answers at once when asked to, and the job tells the rest', async () => {
    const { status, result } = await run({ serviceName: 'once', clusterId: 'ams', inventory: null }, async);
    expect([status, result.return_code]).toEqual(['running', null]);
    const path = `/operations-manager/jobs/${result.job_id}`;
    expect((await ok('GatewayManagerJob', path)).data).toMatchObject({ status: 'running', error: null });
    await gateway.work(() => ({
      state: 'failed',
      result: 'half done',
      error: { code: 'PROCESS_FAILED', message: 'ended with 3' },
      fields: { return_code: 3, stderr: 'oops' },
    }));
    const { data } = await ok('GatewayManagerJob', path);
    // A non-zero exit is an end like any other.
    expect(data.status).toBe('complete');
    expect(data.variables).toMatchObject({ return_code: 3, stdout: 'half done', stderr: 'oops' });
    expect((await refused(`/operations-manager/jobs/${'0'.repeat(24)}`))[0]).toBe(404);
  });

  it('tells what kept it from running in an answer with status 200', async () => {
    const data = async (json: object) => {
      const { status, error } = await run(json);
      expect(status).toBe('error');
      return error.data;
    };
    expect(await data({ serviceName: 'nope', clusterId: 'ams' })).toBe(
      "Service 'nope' was not found on the cluster 'ams'",
    );
    expect(await data({ serviceName: 'once', clusterId: 'nowhere' })).toContain('nowhere');
    expect(await data({ serviceName: 'off', clusterId: 'ams', inventory: [{ inventory: 'pair' }] })).toContain(
      'disabled',
    );
    expect(await data({ serviceName: 'show', clusterId: 'ams' })).toContain('no node');
    const inventory = [{ inventory: 'pair', nodeNames: ['d1'] }];
    expect(await data({ serviceName: 'show', clusterId: 'ams', inventory })).toContain("Node 'd1'");
    expect(gateway.queue.slices.size).toBe(0);
  });

  it('checks the params before anything starts and names every wrong one', async () => {
    const properties = { size: { type: 'integer' }, name: { type: 'string' } };
    const inputs = { type: 'object', properties, additionalProperties: false };
    const service = sampleService('strict', { runMethod: 'once', inputs });
    await gateway.catalog.write([putService(service)], (await gateway.catalog.view()).revision);
    const { error } = await run({ serviceName: 'strict', clusterId: 'ams', params: { size: 'x', name: 7 } });
    expect(error.data).toContain('/params/size');
    expect(error.data).toContain('/params/name');
  });

  it('takes pools as inventories', async () => {
    const path = `${V1}/services/run`;
    const json = { serviceName: 'show', clusterId: 'ams', inventory: [{ inventory: 'x' }] };
    expect(await refused(path, { json })).toEqual([404, "Inventory 'x' not found"]);
    const inventory = [{ inventory: 'pair', nodeNames: ['d5'] }];
    const { result } = await run({ serviceName: 'show', clusterId: 'ams', inventory }, async);
    expect((await gateway.runs.get(result.job_id))?.spec.targets).toEqual({ devices: ['d5'], pools: [] });
    const whole = await run({ serviceName: 'show', clusterId: 'ams', inventory: [{ inventory: 'pair' }] }, async);
    expect((await gateway.runs.get(whole.result.job_id))?.spec.targets).toEqual({ devices: [], pools: ['pair'] });
    expect((await refused(path, { json: { serviceName: 'show', clusterId: 'ams', inventory: 'x' } }))[0]).toBe(400);
  });

  it('needs an action for OpenTofu', async () => {
    const service = sampleService('tofu', { type: 'opentofu-plan', runMethod: 'once', settings: {} });
    await gateway.catalog.write([putService(service)], (await gateway.catalog.view()).revision);
    const post = (params: object) => ({ json: { serviceName: 'tofu', clusterId: 'ams', params } });
    const [status, message] = await refused(`${V1}/services/run`, post({ action: 'explode' }));
    expect([status, message]).toEqual([400, expect.stringContaining('apply or destroy')]);
    expect((await refused(`${V1}/services/run`, post({})))[0]).toBe(400);
    const { status: state } = await run({ serviceName: 'tofu', clusterId: 'ams', params: { action: 'apply' } }, async);
    expect(state).toBe('running');
  });

  it('runs once for one idempotency key', async () => {
    const headers = { ...async.headers, 'idempotency-key': 'k1' };
    const first = await run({ serviceName: 'once', clusterId: 'ams' }, { headers });
    const second = await run({ serviceName: 'once', clusterId: 'ams' }, { headers });
    expect(second.result.job_id).toBe(first.result.job_id);
  });

  it('refuses a body of ten megabytes', async () => {
    const json = { serviceName: 'once', clusterId: 'ams', params: { text: 'x'.repeat(10_000_000) } };
    expect((await refused(`${V1}/services/run`, { json }))[0]).toBe(413);
  });
});

describe('a cluster that is disabled or read-only', () => {
  it.each([
    [{ enabled: false }, 'CLUSTER_DISABLED'],
    [{ readonly: true }, 'CLUSTER_READ_ONLY'],
  ])('with %j runs nothing, through whichever door', async (change, code) => {
    const [{ _id: id }] = (await ok('GatewayManagerGateways', `${V1}/gateways`)).results;
    await ok('GatewayManagerGatewayChanged', `${V1}/gateways/${id}`, { method: 'PUT', json: { payload: change } });
    const native = (json: object) => gateway.call('/v1/runs', { json }).then((answer: Answer) => answer.json.code);
    expect(await native({ service: 'show', devices: ['d1'] })).toBe(code);
    expect(await native({ service: 'show', pools: ['pair'] })).toBe(code);
    expect(await native({ service: 'once', cluster: 'ams' })).toBe(code);
    const enms = await gateway.call('/rest/run_service', { json: { name: 'show', devices: ['d1'] } });
    expect([enms.status, enms.json.code]).toEqual([409, code]);
    const json = { serviceName: 'once', clusterId: 'ams' };
    const { error } = await ok('GatewayManagerRunAnswer', `${V1}/services/run`, { json });
    expect(error.data).toContain("'ams'");
    expect(gateway.queue.slices.size + gateway.queue.plans.size).toBe(0);
    // Its services are still shown, and other clusters run.
    expect((await ok('GatewayManagerServices', `${V1}/services?cluster_id=ams`)).result).toHaveLength(4);
    expect((await gateway.call('/v1/runs', { json: { service: 'once', cluster: 'default' } })).status).toBe(202);
  });
});
