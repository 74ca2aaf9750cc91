import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CatalogChange } from '@runyard/domain';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const CASES = [
  { actAs: true, run: true, device: true, answer: [202, undefined] },
  { actAs: true, run: true, device: false, answer: [403, 'DEVICE_USE_DENIED'] },
  { actAs: true, run: false, device: true, answer: [403, 'SERVICE_RUN_DENIED'] },
  { actAs: true, run: false, device: false, answer: [403, 'SERVICE_RUN_DENIED'] },
  { actAs: false, run: true, device: true, answer: [403, 'ACT_AS_DENIED'] },
  { actAs: false, run: true, device: false, answer: [403, 'ACT_AS_DENIED'] },
  { actAs: false, run: false, device: true, answer: [403, 'ACT_AS_DENIED'] },
  { actAs: false, run: false, device: false, answer: [403, 'ACT_AS_DENIED'] },
] as const;

async function put(...changes: readonly CatalogChange[]): Promise<void> {
  await gateway.catalog.write(changes, (await gateway.catalog.view()).revision);
}

const role = (name: string, ...permissions: readonly string[]): CatalogChange => ({
  kind: 'role',
  action: 'put',
  item: { name, permissions },
});
const account = (name: string, ...roles: readonly string[]): CatalogChange => ({
  kind: 'service-account',
  action: 'put',
  item: { name, roles },
});

/** A user with these roles and nothing else. */
async function user(name: string, ...roles: readonly string[]): Promise<string> {
  await gateway.call('/v1/users', { json: { name, roles, password: 'long enough' } });
  return `${name}:long enough`;
}

const asAccount = (login: string, changes: object = {}) =>
  gateway.call('/v1/runs', { login, json: { service: 'show', devices: ['d4'], runAs: 'sa_work', ...changes } });

describe('running a service as a service account', () => {
  it.each(CASES)('with act-as $actAs, right to run $run, right to the device $device answers $answer', async (row) => {
    const { actAs, run, device, answer } = row;
    await put(
      role('caller', ...(actAs ? ['act-as:sa_work'] : [])),
      role('worker', ...(run ? ['service:run:show'] : []), ...(device ? ['device:use:pair'] : [])),
      account('sa_work', 'worker'),
    );
    const login = await user('cal', 'caller');
    const { status, json } = await asAccount(login);
    expect([status, json.code]).toEqual(answer);
    expect(gateway.queue.slices.size).toBe(answer[0] === 202 ? 1 : 0);
    const [entry] = (await gateway.call('/v1/audit?limit=1')).json.items;
    expect(entry).toMatchObject({
      action: 'run.accept',
      actor: 'cal',
      principal: 'sa_work',
      credential: 'password',
      decision: answer[0] === 202 ? 'allowed' : 'denied',
      ...(answer[0] === 202 ? { subject: json.id } : { subject: 'show', reason: json.detail }),
    });
  });

  it('replaces who it is, and keeps who called', async () => {
    await put(account('sa_work', 'operator'), role('caller', 'act-as:sa_work', 'run:read'));
    const login = await user('cal', 'caller');
    const { json } = await asAccount(login);
    const run = (await gateway.call(`/v1/runs/${json.id}`, { login })).json;
    expect(run).toMatchObject({ principal: 'sa_work', actor: 'cal', initiator: 'cal' });
  });

  it('says which account there is not, or is disabled', async () => {
    expect((await asAccount('ada:secret')).json.code).toBe('SERVICE_ACCOUNT_NOT_FOUND');
    await put({ kind: 'service-account', action: 'put', item: { name: 'sa_work', roles: [], disabled: true } });
    expect((await asAccount('ada:secret')).json.code).toBe('SERVICE_ACCOUNT_DISABLED');
  });
});

describe('rights on devices', () => {
  it('refuse a run as a whole and name the devices, never leaving one out', async () => {
    await put(role('half', 'service:run:show', 'device:use:pair'));
    const login = await user('hal', 'half');
    const run = (json: object) => gateway.call('/v1/runs', { login, json: { service: 'show', ...json } });
    const { status, json } = await run({ devices: ['d4', 'd1', 'd2'] });
    expect([status, json.code]).toEqual([403, 'DEVICE_USE_DENIED']);
    expect(json.detail).toContain("2 of the 3 devices: 'd1', 'd2'");
    expect((await run({ pools: ['pair'] })).status).toBe(202);
    await put({ kind: 'pool', action: 'put', item: { name: 'more', devices: ['d3', 'd4'] } });
    expect((await run({ pools: ['more'] })).json.detail).toContain("1 of the 2 devices: 'd3'");
  });

  it('of services are by name, by group, or for each of them', async () => {
    await put(role('grouped', 'service:run:daily', 'device:use:*'));
    const login = await user('gus', 'grouped');
    const run = () => gateway.call('/v1/runs', { login, json: { service: 'show', devices: ['d1'] } });
    expect((await run()).json.code).toBe('SERVICE_RUN_DENIED');
    await put({ kind: 'service-group', action: 'put', item: { name: 'daily', services: ['show'] } });
    expect((await run()).status).toBe(202);
  });

  it('of an API key are those of its account on the services of the key', async () => {
    await put(account('sa_work', 'operator'));
    const body = { name: 'ci', serviceAccount: 'sa_work', services: ['once'] };
    const { token } = (await gateway.call('/v1/api-keys', { json: body })).json;
    const headers = { authorization: `Bearer ${token}` };
    const run = (service: string) =>
      gateway.call('/v1/runs', { login: null, headers, json: { service, devices: ['d1'] } });
    expect((await run('once')).status).toBe(202);
    expect((await run('show')).json).toMatchObject({ code: 'SERVICE_RUN_DENIED', status: 403 });
  });
});
