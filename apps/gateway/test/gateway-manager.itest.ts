import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serviceIdOf } from '@runyard/engine';
import { putService, sampleService } from '@runyard/testkit';
import { gatewayManagerClient, olga, startGatewayManager, V1 } from './gateway-manager-client.ts';
import type { TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
const { ok, refused } = gatewayManagerClient(() => gateway);
beforeEach(async () => {
  gateway = await startGatewayManager();
});
afterEach(() => gateway.stop());

async function olgaIsIn(...groups: string[]): Promise<void> {
  await gateway.call('/v1/users/olga', { method: 'PUT', json: { groups } });
}

describe('gateways', () => {
  it('are there for each cluster of the catalog', async () => {
    const { results } = await ok('GatewayManagerGateways', `${V1}/gateways/?limit=500&limit=1&x=y`);
    expect(results.map(({ cluster_id }: { cluster_id: string }) => cluster_id)).toEqual(['ams', 'default']);
    const { result } = await ok('GatewayManagerOneGateway', `${V1}/gateways/${results[0]._id}/`);
    expect(result).toEqual(results[0]);
  });

  it('declare their cluster, in both forms of the body', async () => {
    const wrapped = { gateway: { gateway_name: 'One', cluster_id: 'cluster_1', description: 'first' } };
    const { id, message } = await ok('GatewayManagerGatewayAdded', `${V1}/gateways`, { json: wrapped });
    expect(message).toBe(`Gateway added: ${id}`);
    await ok('GatewayManagerGatewayAdded', `${V1}/gateways`, { json: { name: 'Two', cluster_id: 'cluster_2' } });
    const names = (await gateway.catalog.view()).names('cluster');
    expect(names).toEqual(['ams', 'cluster_1', 'cluster_2', 'default']);
    const { result } = await ok('GatewayManagerOneGateway', `${V1}/gateways/${id}`);
    expect(result).toMatchObject({ gateway_name: 'One', name: 'One', description: 'first', enabled: true, groups: [] });
    expect(gateway.audit.entries.map(({ action }) => action)).toEqual(['gateway.create', 'gateway.create']);
  });

  it('are one for each cluster, and have names of their own', async () => {
    const post = (json: object) => refused(`${V1}/gateways`, { json });
    await gateway.call(`${V1}/gateways`, { json: { name: 'One', cluster_id: 'c1' } });
    expect(await post({ name: 'Other', cluster_id: 'c1' })).toEqual([409, "The cluster 'c1' has a gateway already."]);
    expect((await post({ name: 'One', cluster_id: 'c2' }))[0]).toBe(409);
    expect((await gateway.catalog.view()).get('cluster', 'c2')).toBeUndefined();
  });

  it('refuse a body that is not one', async () => {
    const post = (json: unknown) => refused(`${V1}/gateways`, { json });
    expect((await post({}))[0]).toBe(400);
    expect((await post({ gateway: { gateway_name: 'x' } }))[1]).toContain('/cluster_id');
    expect((await post({ gateway_name: 'x', cluster_id: 'no spaces' }))[0]).toBe(400);
    expect((await post({ gateway_name: 'x', cluster_id: 'c', certificates: ['nope'] }))[1]).toContain('certificate');
    const body = '{"gateway":{"gateway_name":"x","cluster_id":"c","__proto__":{"enabled":false}}}';
    expect((await refused(`${V1}/gateways`, { body, headers: { 'content-type': 'application/json' } }))[0]).toBe(400);
  });

  it('change what is given, in both forms of the body', async () => {
    const [{ _id: id }] = (await ok('GatewayManagerGateways', `${V1}/gateways`)).results;
    const put = (json: object) =>
      ok('GatewayManagerGatewayChanged', `${V1}/gateways/${id}`, { method: 'PUT', json }).then(
        ({ result }) => result.value,
      );
    expect(await put({ payload: { description: 'new', readonly: true } })).toMatchObject({ description: 'new' });
    expect(await put({ gateway_name: 'Amsterdam', _id: id })).toMatchObject({ name: 'Amsterdam', readonly: true });
    const other = { method: 'PUT', json: { payload: { cluster_id: 'fra' } } };
    expect((await refused(`${V1}/gateways/${id}`, other))[0]).toBe(400);
    expect((await refused(`${V1}/gateways/${id}`, { method: 'PUT', json: { payload: {} } }))[0]).toBe(400);
  });

  it('go with their cluster and its service groups, unless something names it', async () => {
    const { id } = await ok('GatewayManagerGatewayAdded', `${V1}/gateways`, { json: { name: 'x', cluster_id: 'c1' } });
    await gateway.call(`${V1}/service-groups`, { json: { name: 'g', cluster_id: 'c1' } });
    const deleted = await ok('GatewayManagerOneGateway', `${V1}/gateways/${id}`, { method: 'DELETE' });
    expect(deleted.result.cluster_id).toBe('c1');
    expect((await gateway.catalog.view()).get('cluster', 'c1')).toBeUndefined();
    expect((await refused(`${V1}/gateways/${id}`))[0]).toBe(404);
    const [{ _id: used }] = (await ok('GatewayManagerGateways', `${V1}/gateways`)).results;
    expect((await refused(`${V1}/gateways/${used}`, { method: 'DELETE' }))[0]).toBe(409);
  });

  it('are seen and used by their groups only', async () => {
    const json = { name: 'x', cluster_id: 'c1', groups: ['noc'] };
    const { id } = await ok('GatewayManagerGatewayAdded', `${V1}/gateways`, { json });
    const asOlga = (path: string) => gateway.call(`${V1}${path}`, olga);
    const run = { ...olga, json: { serviceName: 'once', clusterId: 'c1' }, headers: { prefer: 'respond-async' } };
    expect((await asOlga('/gateways')).json.results).toHaveLength(2);
    expect((await asOlga(`/gateways/${id}`)).status).toBe(404);
    expect((await asOlga('/connections')).json).not.toHaveProperty('c1');
    expect((await asOlga('/connections/c1')).status).toBe(404);
    expect((await asOlga('/services?cluster_id=c1')).json.result).toEqual([]);
    expect((await asOlga(`/services/${serviceIdOf('c1', 'show')}`)).status).toBe(404);
    expect((await gateway.call(`${V1}/services/run`, run)).json.error.data).toContain("Service 'once' was not found");
    const { headers } = run;
    const { result } = (await gateway.call(`${V1}/services/run`, { json: run.json, headers })).json;
    const job = `/operations-manager/jobs/${result.job_id}`;
    expect((await refused(job, olga))[0]).toBe(404);
    await olgaIsIn('field', 'noc');
    expect((await gateway.call(job, olga)).status).toBe(200);
    expect((await asOlga('/gateways')).json.results).toHaveLength(3);
    expect((await asOlga(`/services/${serviceIdOf('c1', 'show')}`)).status).toBe(200);
    expect((await gateway.call(`${V1}/services/run`, run)).json.status).toBe('running');
  });
});

describe('service groups', () => {
  it('begin with one for each cluster that holds every service', async () => {
    const { results } = await ok('GatewayManagerServiceGroups', `${V1}/service-groups?cluster_id=ams`);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ is_default: true, cluster_id: 'ams' });
    expect(results[0].services.map(({ name }: { name: string }) => name)).toEqual(['off', 'once', 'own', 'show']);
    const path = `${V1}/service-groups/${results[0]._id}`;
    expect((await refused(path, { method: 'DELETE' }))[0]).toBe(409);
    expect((await refused(path, { method: 'PATCH', json: { services: [] } }))[0]).toBe(409);
    const changed = await ok('GatewayManagerServiceGroupChanged', path, { method: 'PATCH', json: { groups: ['a'] } });
    expect(changed.result).toMatchObject({ is_default: true, groups: ['a'] });
  });

  it('take ids of services, in both forms of the body, and give ids and names', async () => {
    const services = [serviceIdOf('ams', 'show')];
    const json = { serviceGroup: { name: 'g', cluster_id: 'ams', services, groups: ['noc'] } };
    const { id, message } = await ok('GatewayManagerServiceGroupAdded', `${V1}/service-groups`, { json });
    expect(message).toBe(`Service group added: ${id}`);
    await ok('GatewayManagerServiceGroupAdded', `${V1}/service-groups`, { json: { name: 'h', cluster_id: 'ams' } });
    const { result } = await ok('GatewayManagerOneServiceGroup', `${V1}/service-groups/${id}`);
    expect(result.services).toEqual([{ id: services[0], name: 'show' }]);
    const path = `${V1}/service-groups/${id}`;
    const patch = (json: object) => ok('GatewayManagerServiceGroupChanged', path, { method: 'PATCH', json });
    expect((await patch({ patches: { name: 'k' } })).message).toBe(`Service group updated: ${id}`);
    expect((await patch({ services: [] })).result).toMatchObject({ name: 'k', services: [], groups: ['noc'] });
    expect((await refused(path, { method: 'PATCH', json: { patches: {} } }))[0]).toBe(400);
    expect((await refused(path, { method: 'PATCH', json: {} }))[0]).toBe(400);
    expect((await refused(path, { method: 'PATCH', json: { services: ['nope'] } }))[0]).toBe(400);
    expect((await refused(`${V1}/service-groups`, { json: { name: 'h', cluster_id: 'ams' } }))[0]).toBe(409);
    expect((await refused(`${V1}/service-groups`, { json: { name: 'h', cluster_id: 'nope' } }))[0]).toBe(404);
    expect((await ok('GatewayManagerServiceGroupChanged', path, { method: 'DELETE' })).result._id).toBe(id);
    expect((await refused(path))[0]).toBe(404);
  });

  it('decide which services a caller sees and runs', async () => {
    const [{ _id: all }] = (await ok('GatewayManagerServiceGroups', `${V1}/service-groups?cluster_id=ams`)).results;
    await gateway.call(`${V1}/service-groups/${all}`, { method: 'PATCH', json: { groups: ['boss'] } });
    const json = { name: 'g', cluster_id: 'ams', services: [serviceIdOf('ams', 'once')], groups: ['noc'] };
    await gateway.call(`${V1}/service-groups`, { json });
    const seen = async () => {
      const { result } = (await gateway.call(`${V1}/services?cluster_id=ams`, olga)).json;
      return result.map((service: { service_metadata: { name: string } }) => service.service_metadata.name);
    };
    expect(await seen()).toEqual([]);
    await olgaIsIn('noc');
    expect(await seen()).toEqual(['once']);
    const headers = { prefer: 'respond-async' };
    const run = (serviceName: string) =>
      gateway.call(`${V1}/services/run`, { ...olga, json: { serviceName, clusterId: 'ams' }, headers });
    expect((await run('once')).json.status).toBe('running');
    expect((await run('own')).json.status).toBe('error');
    await olgaIsIn('noc', 'boss');
    expect(await seen()).toEqual(['off', 'once', 'own', 'show']);
  });
});

describe('services', () => {
  it('have every key, whatever they are', async () => {
    const inputs = { type: 'object', properties: { size: { type: 'integer' } } } as const;
    await gateway.catalog.write(
      [putService(sampleService('sized', { inputs }))],
      (await gateway.catalog.view()).revision,
    );
    const { result } = await ok('GatewayManagerServices', `${V1}/services?cluster_id=ams`);
    expect(result).toHaveLength(5);
    const sized = result.find((each: { service_metadata: { name: string } }) => each.service_metadata.name === 'sized');
    expect(sized.service_metadata).toMatchObject({
      location: 'ams',
      decorator: inputs,
      repository: {},
      working_dir: '',
    });
    const one = await ok('GatewayManagerOneService', `${V1}/services/${sized._id}`);
    expect(one.result).toEqual(sized);
    expect((await refused(`${V1}/services/nope`))[0]).toBe(404);
  });

  it('that name a cluster are on that one only', async () => {
    const service = sampleService('tied', { runMethod: 'once', cluster: 'default' });
    await gateway.catalog.write([putService(service)], (await gateway.catalog.view()).revision);
    const count = async (query: string) => (await ok('GatewayManagerServices', `${V1}/services${query}`)).result.length;
    expect([await count('?cluster_id=ams'), await count('?cluster_id=default'), await count('')]).toEqual([4, 5, 9]);
    expect(await count('?cluster_id=nope')).toBe(0);
  });
});
