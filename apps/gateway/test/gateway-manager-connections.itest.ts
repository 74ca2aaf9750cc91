import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerInfo } from '@runyard/domain';
import { createProver } from '@runyard/engine';
import { makeCertificates, needs, tempFolder, type TempFolder } from '@runyard/testkit';
import { gatewayManagerClient, startGatewayManager, V1 } from './gateway-manager-client.ts';
import type { Answer, TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
const { ok, refused } = gatewayManagerClient(() => gateway);
beforeEach(async () => {
  gateway = await startGatewayManager();
});
afterEach(() => gateway.stop());

function worker(changes: Partial<WorkerInfo> = {}): WorkerInfo {
  const seenAtMs = gateway.clock.nowMs();
  const slots = { serviceTypes: ['no-op'], slots: 1, busySlots: 0 };
  const life = { startedAtMs: seenAtMs, seenAtMs, draining: false };
  return { id: 'w1', cluster: 'ams', host: 'h', pid: 1, version: '1', ...slots, ...life, ...changes };
}

needs(describe, 'openssl')('certificates', () => {
  let folder: TempFolder;
  let pem: string;
  let key: string;
  let ca: string;
  beforeEach(async () => {
    folder = await tempFolder('runyard-certificates-');
    const files = makeCertificates(folder.path);
    [pem, key, ca] = [files.certFile, files.keyFile, files.caFile].map((file) => readFileSync(file, 'utf8')) as [
      string,
      string,
      string,
    ];
  });
  afterEach(() => folder.remove());

  const add = async (raw: string): Promise<string> => {
    const json = { raw_certificate: raw, contract_id: 'C-1', alias: 'first' };
    return (await ok('GatewayManagerCertificateAdded', `${V1}/certificates`, { json })).results.upsertedIds[0];
  };

  it('say what stands in the PEM', async () => {
    const id = await add(pem);
    const { results } = await ok('GatewayManagerOneCertificate', `${V1}/certificates/${id}`);
    expect(results).toMatchObject({ host: '127.0.0.1', issuer: 'CN=authority', self_signed: false, type: 'Host' });
    const authority = await add(ca);
    const all = await ok('GatewayManagerCertificates', `${V1}/certificates`);
    expect(all.results.find(({ _id }: { _id: string }) => _id === authority)).toMatchObject({
      self_signed: true,
      type: 'Root',
    });
  });

  it('are refused when broken, there already, or with a private key', async () => {
    await add(pem);
    const post = (raw_certificate: string) => refused(`${V1}/certificates`, { json: { raw_certificate } });
    expect((await post(pem))[0]).toBe(409);
    expect((await post(pem.replace(/[A-Za-z]{10}/, 'AAAAAAAAAA')))[0]).toBe(400);
    expect((await post('nonsense'))[0]).toBe(400);
    expect((await post(pem + ca))[0]).toBe(400);
    expect((await post(ca + key))[0]).toBe(400);
  });

  it('change and go without a wrapper, and not while a gateway uses them', async () => {
    const id = await add(pem);
    const path = `${V1}/certificates/${id}`;
    const renamed = await ok('GatewayManagerCertificate', path, { method: 'PUT', json: { alias: 'second' } });
    expect([renamed.alias, renamed.contract_id]).toEqual(['second', 'C-1']);
    const json = { gateway: { gateway_name: 'x', cluster_id: 'c1', certificates: [id] } };
    const { id: user } = await ok('GatewayManagerGatewayAdded', `${V1}/gateways`, { json });
    expect((await ok('GatewayManagerOneCertificate', path)).results.gateways).toEqual([user]);
    expect((await refused(path, { method: 'DELETE' }))[0]).toBe(409);
    await gateway.call(`${V1}/gateways/${user}`, { method: 'DELETE' });
    expect((await ok('GatewayManagerCertificate', path, { method: 'DELETE' }))._id).toBe(id);
    expect((await refused(path))[0]).toBe(404);
  });

  it('are proven by a worker before it counts', async () => {
    const now = Date.now();
    gateway.clock.advance(now - gateway.clock.nowMs());
    const [{ _id: id }] = (await ok('GatewayManagerGateways', `${V1}/gateways`)).results;
    const isConnected = async () => (await ok('GatewayManagerConnections', `${V1}/connections`)).ams;
    const check = () => gateway.call(`${V1}/connections/ams`).then(({ status }: Answer) => status);
    gateway.control.onAsk(({ cluster, nonce }) => {
      const proven = { workerId: 'w1', cluster };
      return isProving ? { ...proven, proof: prove({ ...proven, at: { nonce } }) } : proven;
    });
    const prove = createProver(pem, key);
    let isProving = false;

    expect(await isConnected()).toBe(false);
    await gateway.workers.heartbeat(worker());
    expect([await isConnected(), await check()]).toEqual([true, 200]);
    const certificates = [await add(pem)];
    await gateway.call(`${V1}/gateways/${id}`, { method: 'PUT', json: { payload: { certificates } } });
    expect([await isConnected(), await check()]).toEqual([false, 503]);

    isProving = true;
    const seen = { workerId: 'w1', cluster: 'ams', at: { seenAtMs: gateway.clock.nowMs() } };
    await gateway.workers.heartbeat(worker({ proof: prove(seen) }));
    expect([await isConnected(), await check()]).toEqual([true, 200]);
    // The proof of another moment, cluster or worker is none.
    await gateway.workers.heartbeat(worker({ proof: prove({ ...seen, at: { seenAtMs: 1 } }) }));
    expect(await isConnected()).toBe(false);
    await gateway.workers.heartbeat(worker({ proof: prove({ ...seen, workerId: 'w2' }) }));
    expect(await isConnected()).toBe(false);
    // So is that of a certificate whose time is over.
    gateway.clock.advance(3 * 86_400_000);
    const late = { ...seen, at: { seenAtMs: gateway.clock.nowMs() } };
    await gateway.workers.heartbeat(worker({ proof: prove(late) }));
    expect([await isConnected(), await check()]).toEqual([false, 503]);
  });
});

describe('connections', () => {
  it('are those of workers that live and are not about to stop', async () => {
    const status = async () => (await ok('GatewayManagerGateways', `${V1}/gateways`)).results[0].connection_status;
    expect(await status()).toBe('disconnected');
    await gateway.workers.heartbeat(worker());
    expect(await status()).toBe('connected');
    await gateway.workers.heartbeat(worker({ draining: true }));
    expect(await status()).toBe('disconnected');
    await gateway.workers.heartbeat(worker());
    gateway.clock.advance(20_000);
    expect(await ok('GatewayManagerConnections', `${V1}/connections`)).toEqual({ ams: false, default: false });
  });

  it('are tried by a question that a worker answers', async () => {
    gateway.control.onAsk(({ cluster }) => (cluster === 'ams' ? { workerId: 'w1', cluster } : null));
    await gateway.workers.heartbeat(worker());
    await gateway.workers.heartbeat(worker({ id: 'silent', cluster: 'default' }));
    const answer = await ok('GatewayManagerConnection', `${V1}/connections/ams`);
    expect(answer.result.reply).toBe('Health test from GatewayManager');
    expect((await refused(`${V1}/connections/default`))[0]).toBe(503);
    expect((await refused(`${V1}/connections/nowhere`))[0]).toBe(404);
  });
});
