import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Installation, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const PASSWORD = randomBytes(12).toString('hex');
let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['default'] });
  await runyard.startGateway();
  await runyard.client.catalog.apply({
    catalog: {
      devices: [{ name: 'd1', address: '127.0.0.1' }],
      pools: [{ name: 'all', devices: ['d1'] }],
      services: [
        { name: 'work', type: 'no-op' },
        { name: 'one-at-a-time', type: 'no-op', maxConcurrent: 1, delay: '2s' },
      ],
    },
  });
});

afterAll(() => runyard.stop());

const role = (permissions: readonly string[]) =>
  runyard.client.catalog.apply({ catalog: { roles: [{ name: 'worker', permissions: [...permissions] }] } });

beforeEach(async () => {
  await role(['service:run:work', 'service:run:one-at-a-time', 'device:use:all']);
  await runyard.call('/v1/users', { name: 'ann', roles: ['worker'], password: PASSWORD });
  await change('/v1/users/ann', { disabled: false });
});

const change = (path: string, body: object) =>
  runyard.call(path, body, { method: 'PUT', headers: { 'content-type': 'application/json' } });

const asAnn = { authorization: `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}` };

async function accept(service: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const answer = await runyard.call('/v1/runs', { service, devices: ['d1'] }, { headers });
  const { id } = (await answer.json()) as { id?: string };
  if (id === undefined) throw new Error(`the run was answered with ${answer.status}`);
  return id;
}

/** A run that is accepted while its cluster is paused, and what is done before it goes on. */
async function acceptedThen(headers: Readonly<Record<string, string>>, before: () => Promise<unknown>) {
  await runyard.call('/v1/clusters/default/pause', {});
  const id = await accept('work', headers);
  await before();
  await runyard.call('/v1/clusters/default/resume', {});
  const state = await untilEnded(runyard.client, id);
  return { state, run: await runyard.client.runs.get(id) };
}

describe('a run whose rights are taken between its acceptance and its start', () => {
  it.each([
    ['the role of its account changed', 'SERVICE_RUN_DENIED', () => role(['device:use:all'])],
    ['its account may not use the device', 'DEVICE_USE_DENIED', () => role(['service:run:work'])],
    ['its account was disabled', 'PRINCIPAL_REVOKED', () => change('/v1/users/ann', { disabled: true })],
  ])('is denied when %s, and nothing of it is done', async (_, code, take) => {
    const { state, run } = await acceptedThen(asAnn, take);
    expect([state, run.error?.code]).toEqual(['denied', code]);
    expect(run).toMatchObject({ startedAt: null, counts: { pending: 1, total: 1 } });
    const { items } = (await (await runyard.call(`/v1/audit?subject=${run.id}`)).json()) as { items: object[] };
    expect(items[0]).toMatchObject({ action: 'run.start', decision: 'denied', actor: 'ann' });
  });

  it('is denied when the key was revoked by which it was asked for', async () => {
    const made = await runyard.call('/v1/api-keys', { name: 'ci', user: 'ann' });
    const { id, token } = (await made.json()) as { id: string; token: string };
    const { state, run } = await acceptedThen({ authorization: `Bearer ${token}` }, () =>
      runyard.call(`/v1/api-keys/${id}`, undefined, { method: 'DELETE' }),
    );
    expect([state, run.error?.code]).toEqual(['denied', 'PRINCIPAL_REVOKED']);
  });

  it('begins when something changed that is none of its business', async () => {
    const { state } = await acceptedThen(asAnn, () =>
      runyard.client.catalog.apply({ catalog: { roles: [{ name: 'other', permissions: ['run:read'] }] } }),
    );
    expect(state).toBe('succeeded');
  });

  it('is denied where it is planned, when it waited for others of its service', async () => {
    const first = await accept('one-at-a-time', asAnn);
    await waitFor(async () => (await runyard.client.runs.get(first)).state === 'running');
    const second = await accept('one-at-a-time', asAnn);
    await role(['device:use:all']);
    expect(await untilEnded(runyard.client, second)).toBe('denied');
    // What has begun goes on.
    expect(await untilEnded(runyard.client, first)).toBe('succeeded');
  });
});
