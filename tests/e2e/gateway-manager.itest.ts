import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createValidator, type SchemaName } from '@runyard/contracts';
import {
  type Installation,
  makeCertificates,
  needs,
  startInstallation,
  tempFolder,
  type TempFolder,
  waitFor,
} from '@runyard/testkit';

// The Gateway Manager contract as a client of it walks it: every operation, in both forms of the body, over HTTP
// against a gateway with real workers. Each answer is checked against the schema of its shape.

const V1 = '/gateway_manager/v1';
const CLI = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const secretKey = randomBytes(32).toString('base64');
const validator = createValidator();
const describeHere = needs(describe, 'redis-server', 'openssl');

let runyard: Installation;
let folder: TempFolder;
let token: string;

// oxlint-disable-next-line typescript/no-explicit-any -- the schemas say what the answers are
type Json = any;

/** Calls as its clients do: with a cookie after a login, a trailing slash and a query that nobody knows. */
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${runyard.gateways[0]?.url}${path}`, {
    method,
    headers: {
      cookie: `token=${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

async function ok(schema: SchemaName, method: string, path: string, body?: unknown, headers = {}): Promise<Json> {
  const { status, json } = await call(method, `${V1}${path}/?limit=500`, body, headers);
  if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(json)}`);
  expect(validator.check(schema, json)).toEqual([]);
  return json;
}

async function refused(method: string, path: string, body?: unknown): Promise<number> {
  const { status, json } = await call(method, `${V1}${path}`, body);
  expect(validator.check('GatewayManagerError', json)).toEqual([]);
  return status;
}

const sh = (name: string, script: string) => {
  const run = { filename: '/bin/sh', args: ['-c', script] };
  return { name, type: 'executable', runMethod: 'once', timeout: '60s', ...run } as const;
};

beforeAll(async () => {
  folder = await tempFolder('runyard-gateway-manager-');
  const env = { RUNYARD_SECRET_KEY: secretKey, RUNYARD_GATEWAY_MANAGER_WAIT: '3' };
  runyard = await startInstallation({ workers: ['cluster_1'], env });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'cluster_1' }, { name: 'cluster_2' }],
      devices: [{ name: 'd1', address: '10.0.0.1', cluster: 'cluster_1' }],
      pools: [{ name: 'all', devices: ['d1'] }],
      services: [
        sh('hello', 'echo hello; echo careful >&2'),
        sh('three', 'echo bye; exit 3'),
        sh('slow', 'sleep 60'),
        { name: 'gone', type: 'executable', runMethod: 'once', filename: '/no/such/program' },
        { name: 'touch', type: 'no-op', result: 'touched {{ device.name }}' },
      ],
    },
  });
  const login = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const body = JSON.stringify({ user: runyard.user });
  token = await (await fetch(`${runyard.gateways[0]?.url}/login`, { ...login, body })).text();
}, 60_000);
afterAll(async () => {
  await runyard.stop();
  await folder.remove();
});

describeHere('a client of Gateway Manager', () => {
  it('finds the API healthy and asks its version', async () => {
    expect((await ok('GatewayManagerHealth', 'GET', '/health/status')).result).toBe('ok');
    expect((await ok('GatewayManagerVersion', 'GET', '/version')).result).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('adds, reads, changes and deletes gateways', async () => {
    const wrapped = { gateway: { gateway_name: 'Three', cluster_id: 'cluster_3', groups: ['noc'] } };
    const { id } = await ok('GatewayManagerGatewayAdded', 'POST', '/gateways', wrapped);
    const flat = { name: 'Four', cluster_id: 'cluster_4', enabled: true, readonly: false };
    const { id: other } = await ok('GatewayManagerGatewayAdded', 'POST', '/gateways', flat);
    const { results } = await ok('GatewayManagerGateways', 'GET', '/gateways');
    const clusters = results.map((gateway: Json) => [gateway.cluster_id, gateway.connection_status]);
    expect(clusters).toEqual([
      ['cluster_1', 'connected'],
      ['cluster_2', 'disconnected'],
      ['cluster_3', 'disconnected'],
      ['cluster_4', 'disconnected'],
      ['default', 'disconnected'],
    ]);
    expect((await ok('GatewayManagerOneGateway', 'GET', `/gateways/${id}`)).result.groups).toEqual(['noc']);
    const payload = { payload: { description: 'third' } };
    const changed = await ok('GatewayManagerGatewayChanged', 'PUT', `/gateways/${id}`, payload);
    expect(changed.result.value.description).toBe('third');
    await ok('GatewayManagerGatewayChanged', 'PUT', `/gateways/${other}`, { gateway_name: 'Vier' });
    for (const each of [id, other]) await ok('GatewayManagerOneGateway', 'DELETE', `/gateways/${each}`);
    expect(await refused('GET', `/gateways/${id}`)).toBe(404);
    expect(await refused('POST', '/gateways', { gateway: {} })).toBe(400);
  });

  it('adds, reads, changes and deletes service groups', async () => {
    const { result: services } = await ok('GatewayManagerServices', 'GET', '/services?cluster_id=cluster_1&x=');
    const ids = services.map(({ _id }: Json) => _id);
    const wrapped = { serviceGroup: { name: 'g', cluster_id: 'cluster_1', services: ids.slice(0, 1) } };
    const { id } = await ok('GatewayManagerServiceGroupAdded', 'POST', '/service-groups', wrapped);
    const flat = { name: 'h', cluster_id: 'cluster_1', services: [] };
    const { id: other } = await ok('GatewayManagerServiceGroupAdded', 'POST', '/service-groups', flat);
    const { results } = await ok('GatewayManagerServiceGroups', 'GET', '/service-groups?cluster_id=cluster_1&x=');
    expect(results.map((group: Json) => group.is_default)).toEqual([true, false, false]);
    const { result } = await ok('GatewayManagerOneServiceGroup', 'GET', `/service-groups/${id}`);
    expect(result.services).toEqual([{ id: ids[0], name: services[0].service_metadata.name }]);
    const path = `/service-groups/${id}`;
    await ok('GatewayManagerServiceGroupChanged', 'PATCH', path, { patches: { services: ids } });
    const changed = await ok('GatewayManagerServiceGroupChanged', 'PATCH', path, { description: 'all of them' });
    expect(changed.result.services).toHaveLength(ids.length);
    for (const each of [id, other]) await ok('GatewayManagerServiceGroupChanged', 'DELETE', `/service-groups/${each}`);
    expect(await refused('PATCH', path, { patches: {} })).toBe(400);
  });

  it('reads services by their UUID', async () => {
    const { result: all } = await ok('GatewayManagerServices', 'GET', '/services');
    const { result } = await ok('GatewayManagerOneService', 'GET', `/services/${all[0]._id}`);
    expect(result).toEqual(all[0]);
  });

  it('runs services, whose exit codes are all an end', async () => {
    const run = (body: object, headers = {}) =>
      ok('GatewayManagerRunAnswer', 'POST', '/services/run', { clusterId: 'cluster_1', ...body }, headers);
    const hello = await run({ serviceName: 'hello', params: {}, inventory: '' });
    expect(hello.status).toBe('completed');
    expect(hello.result).toMatchObject({ return_code: 0, stdout: 'hello\n', stderr: 'careful\n' });
    expect(hello.result.start_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const three = await run({ serviceName: 'three' });
    expect([three.status, three.result.return_code, three.result.stdout]).toEqual(['completed', 3, 'bye\n']);
    const gone = await run({ serviceName: 'gone' });
    expect([gone.status, typeof gone.error.data]).toEqual(['error', 'string']);
    const touched = await run({ serviceName: 'touch', inventory: [{ inventory: 'all', nodeNames: ['d1'] }] });
    expect(JSON.parse(touched.result.stdout).d1.result).toBe('touched d1');
    const unknown = await run({ serviceName: 'nope' });
    expect(unknown.error.data).toBe("Service 'nope' was not found on the cluster 'cluster_1'");
    const bad = { serviceName: 'hello', clusterId: 'cluster_1', inventory: [{ inventory: 'nope' }] };
    expect((await call('POST', `${V1}/services/run`, bad)).json.message).toBe("Inventory 'nope' not found");
  });

  it('is told within the wait that a run goes on, follows its job, and sees it cancelled', async () => {
    const body = { serviceName: 'slow', clusterId: 'cluster_1' };
    const { status, result } = await ok('GatewayManagerRunAnswer', 'POST', '/services/run', body);
    expect([status, result.return_code]).toEqual(['running', null]);
    const job = async () => {
      const { json } = await call('GET', `/operations-manager/jobs/${result.job_id}`);
      expect(validator.check('GatewayManagerJob', json)).toEqual([]);
      return json.data;
    };
    expect((await job()).status).toBe('running');
    await runyard.client.runs.cancel(result.job_id);
    await waitFor(async () => (await job()).status === 'canceled');
    const prefer = { prefer: 'respond-async' };
    const started = Date.now();
    const again = await ok('GatewayManagerRunAnswer', 'POST', '/services/run', body, prefer);
    expect(again.status).toBe('running');
    expect(Date.now() - started).toBeLessThan(2_500);
    await runyard.client.runs.cancel(again.result.job_id);
  });

  it('is told that a body is too large, also while it still sends it', async () => {
    const body = { serviceName: 'hello', clusterId: 'cluster_1', params: { text: 'x'.repeat(10_000_000) } };
    const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', `${V1}/services/run`, body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([413]));
  });

  it('sees connections, and a worker that hangs within three seconds', async () => {
    const connections = await ok('GatewayManagerConnections', 'GET', '/connections');
    expect(connections).toEqual({ cluster_1: true, cluster_2: false, default: false });
    await ok('GatewayManagerConnection', 'GET', '/connections/cluster_1');
    expect(await refused('GET', '/connections/cluster_2')).toBe(503);
    const [worker] = runyard.workers;
    worker?.signal('SIGSTOP');
    const started = Date.now();
    expect(await refused('GET', '/connections/cluster_1')).toBe(503);
    expect(Date.now() - started).toBeLessThan(3_000);
    worker?.signal('SIGCONT');
    await waitFor(async () => (await call('GET', `${V1}/connections/cluster_1`)).status === 200);
  });

  it('closes a cluster for everybody', async () => {
    const { results } = await ok('GatewayManagerGateways', 'GET', '/gateways');
    const { _id: id } = results.find(({ cluster_id: cluster }: Json) => cluster === 'cluster_1');
    const second = await runyard.startGateway();
    const viaSecond = async () => {
      const body = JSON.stringify({ service: 'hello', cluster: 'cluster_1' });
      const headers = { authorization: runyard.authorization, 'content-type': 'application/json' };
      return (await fetch(`${second.url}/v1/runs`, { method: 'POST', headers, body })).json() as Promise<Json>;
    };
    await ok('GatewayManagerGatewayChanged', 'PUT', `/gateways/${id}`, { payload: { enabled: false } });
    await waitFor(async () => (await viaSecond()).code === 'CLUSTER_DISABLED');
    const run = { serviceName: 'hello', clusterId: 'cluster_1' };
    const { error } = await ok('GatewayManagerRunAnswer', 'POST', '/services/run', run);
    expect(error.data).toContain('disabled');
    await ok('GatewayManagerGatewayChanged', 'PUT', `/gateways/${id}`, { payload: { enabled: true, readonly: true } });
    await waitFor(async () => (await viaSecond()).code === 'CLUSTER_READ_ONLY');
    await ok('GatewayManagerGatewayChanged', 'PUT', `/gateways/${id}`, { payload: { readonly: false } });
    await waitFor(async () => (await viaSecond()).state === 'queued');
  });

  it('adds certificates, and counts only workers that prove one', async () => {
    const files = makeCertificates(folder.path);
    const pem = readFileSync(files.certFile, 'utf8');
    const given = { raw_certificate: pem, contract_id: 'C-1', alias: 'first' };
    const added = await ok('GatewayManagerCertificateAdded', 'POST', '/certificates', given);
    const id = added.results.upsertedIds[0];
    await ok('GatewayManagerCertificates', 'GET', '/certificates');
    await ok('GatewayManagerOneCertificate', 'GET', `/certificates/${id}`);
    await ok('GatewayManagerCertificate', 'PUT', `/certificates/${id}`, { alias: 'second' });
    expect(await refused('POST', '/certificates', given)).toBe(409);
    expect(await refused('POST', '/certificates', { raw_certificate: 'nonsense' })).toBe(400);

    const gateway = { gateway_name: 'Two', cluster_id: 'cluster_2', certificates: [id] };
    const { id: gatewayId } = await ok('GatewayManagerGatewayAdded', 'POST', '/gateways', { gateway });
    expect(await refused('DELETE', `/certificates/${id}`)).toBe(409);
    const isConnected = async () => (await ok('GatewayManagerConnections', 'GET', '/connections')).cluster_2;
    const plain = await runyard.startWorker('cluster_2');
    expect([await isConnected(), await refused('GET', '/connections/cluster_2')]).toEqual([false, 503]);

    const options = ['--cluster', 'cluster_2', '--certificate', files.certFile, '--key', files.keyFile];
    const { PATH = '' } = process.env;
    const proving = spawn(process.execPath, [CLI, 'worker', ...options], {
      cwd: folder.path,
      env: { PATH, RUNYARD_REDIS_URL: runyard.redis.url, RUNYARD_SECRET_KEY: secretKey, RUNYARD_DATA: folder.path },
      stdio: 'ignore',
    });
    try {
      await waitFor(isConnected, { timeoutMs: 20_000 });
      await ok('GatewayManagerConnection', 'GET', '/connections/cluster_2');
    } finally {
      const ended = new Promise((resolve) => proving.once('exit', resolve));
      proving.kill('SIGTERM');
      await ended;
    }
    await waitFor(async () => !(await isConnected()));
    await plain.stop();
    await ok('GatewayManagerOneGateway', 'DELETE', `/gateways/${gatewayId}`);
    await ok('GatewayManagerCertificate', 'DELETE', `/certificates/${id}`);
  }, 60_000);
});
