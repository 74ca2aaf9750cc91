import { type ClientRequest, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '@runyard/engine';
import { putService, sampleService, waitFor } from '@runyard/testkit';
import { basicLogin, startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
afterEach(() => gateway.stop());

interface SlowCall {
  /** Sends the rest of the body and gives the status of the answer and its code. */
  finish(): Promise<readonly [number | undefined, string | undefined]>;
}

/** Begins a call and holds its body back. Resolves when the gateway has let its caller in. */
async function begin(path: string, body: object, authorization = basicLogin('olga:secret')): Promise<SlowCall> {
  const { reads } = gateway.identities;
  const before = reads.getUser + reads.getApiKey;
  const [whole, headers] = [JSON.stringify(body), { 'content-type': 'application/json', authorization }];
  const call: ClientRequest = request(gateway.url + path, { method: 'POST', headers });
  const answered = new Promise<readonly [number | undefined, string | undefined]>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => {
      void text(response).then((answer) => resolve([response.statusCode, JSON.parse(answer).code]), reject);
    });
  });
  call.write(whole.slice(0, 5));
  await waitFor(() => reads.getUser + reads.getApiKey > before);
  return {
    finish: () => {
      call.end(whole.slice(5));
      return answered;
    },
  };
}

const show = { service: 'show', devices: ['d1'] };
const changeOlga = (json: object) => gateway.call('/v1/users/olga', { method: 'PUT', json });

describe('a call whose body is slow', () => {
  it('is refused when its user was disabled before the body was complete', async () => {
    gateway = await startGateway();
    const call = await begin('/v1/runs', show);
    await changeOlga({ disabled: true });
    expect(await call.finish()).toEqual([401, 'CREDENTIALS_WRONG']);
    expect(gateway.runs.records.size).toBe(0);
  });

  it('is refused when its API key was revoked meanwhile', async () => {
    gateway = await startGateway();
    const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } })).json;
    const call = await begin('/v1/runs', show, `Bearer ${key.token}`);
    await gateway.call(`/v1/api-keys/${key.id}`, { method: 'DELETE' });
    expect(await call.finish()).toEqual([401, 'CREDENTIALS_WRONG']);
    expect(gateway.runs.records.size).toBe(0);
  });

  it('does nothing with a right that was taken away meanwhile', async () => {
    gateway = await startGateway();
    await changeOlga({ roles: ['administrator'] });
    const call = await begin('/v1/users', { name: 'mallory', roles: ['administrator'], password: 'long enough' });
    await changeOlga({ roles: ['operator'] });
    expect(await call.finish()).toEqual([403, 'PERMISSION_DENIED']);
    expect(await gateway.identities.getUser('mallory')).toBeNull();
  });

  it('runs no endpoint of a service for somebody who was disabled meanwhile', async () => {
    gateway = await startGateway();
    const endpoints = [{ name: 'post', methods: ['POST' as const], parameters: [] }];
    const posted = sampleService('posted', { type: 'no-op', runMethod: 'once', settings: {}, endpoints });
    await gateway.catalog.write([putService(posted)], (await gateway.catalog.view()).revision);
    const call = await begin('/api/services/posted/post', {});
    await changeOlga({ disabled: true });
    expect(await call.finish()).toEqual([401, 'CREDENTIALS_WRONG']);
    expect(gateway.runs.records.size).toBe(0);
  });
});

describe('a run that is asked for', () => {
  it.each([
    ['/v1/runs', show],
    ['/rest/run_service', { name: 'show', devices: ['d1'], async: true }],
    ['/api/services/posted/post', {}],
  ])('at %s carries the rights under which its caller was let in', async (path, json) => {
    const callers: Caller[] = [];
    gateway = await startGateway({
      acceptRun: (_, caller) => {
        callers.push(caller);
        return Promise.reject(new Error('not in this test'));
      },
    });
    const endpoints = [{ name: 'post', methods: ['POST' as const], parameters: [] }];
    const posted = sampleService('posted', { type: 'no-op', runMethod: 'once', settings: {}, endpoints });
    const revision = await gateway.catalog.write([putService(posted)], (await gateway.catalog.view()).revision);
    await gateway.call('/v1/me');
    await gateway.call(path, { json });
    expect(callers).toMatchObject([{ rightsRevision: `${gateway.deps.identityRevision()}:${revision}` }]);
  });
});
