import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Gateway } from '../src/compose.ts';
import { MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

interface Started {
  readonly gateway: Gateway;
  readonly log: MemoryLog;
  readonly firstPasswords: string[];
  readonly call: (path: string, options?: { method?: string; json?: unknown; login?: string }) => Promise<Response>;
}

function newGateway(log: MemoryLog, adminPassword: string | undefined, firstPasswords: string[] = []): Gateway {
  return gatewayOn(redis, log, { adminPassword, onFirstPassword: (password) => void firstPasswords.push(password) });
}

/** A whole gateway on real Redis, as `main` starts it. */
async function startGateway(adminPassword: string | null = PASSWORD): Promise<Started> {
  const log = new MemoryLog();
  const firstPasswords: string[] = [];
  const gateway = newGateway(log, adminPassword ?? undefined, firstPasswords);
  await gateway.start();
  const url = listeningUrl(log);
  return {
    gateway,
    log,
    firstPasswords,
    call: (path, { method, json, login = `admin:${PASSWORD}` } = {}) =>
      fetch(`${url}${path}`, {
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        headers: { authorization: basicLogin(login), 'content-type': 'application/json' },
        body: json === undefined ? null : JSON.stringify(json),
      }),
  };
}

const CATALOG = {
  clusters: [{ name: 'ams' }],
  devices: [{ name: 'd1', address: '127.0.0.1', cluster: 'ams' }],
  pools: [{ name: 'none', devices: [] }],
  services: [{ name: 'noop', type: 'no-op' }],
};

needs(describe, 'redis-server')('a gateway on Redis', () => {
  it('accepts a run, shows it, and another gateway cancels it', async () => {
    const [one, other] = [await startGateway(), await startGateway()];
    try {
      expect((await one.call('/v1/catalog/apply', { json: { catalog: CATALOG } })).status).toBe(200);
      const accepted = await one.call('/v1/runs', { json: { service: 'noop', devices: ['d1'] } });
      expect(accepted.status).toBe(202);
      const { links } = (await accepted.json()) as { links: { self: string; cancel: string } };
      expect(await (await other.call(links.self)).json()).toMatchObject({ state: 'queued', counts: { total: 1 } });
      await other.call(links.cancel, { method: 'POST' });
      expect(await (await one.call(links.self)).json()).toMatchObject({ state: 'cancelled' });
    } finally {
      await Promise.all([one.gateway.stop(), other.gateway.stop()]);
    }
  });

  it('plans a run by itself, and ends one on an empty pool with the reason', async () => {
    const { gateway, call } = await startGateway();
    try {
      await call('/v1/catalog/apply', { json: { catalog: CATALOG } });
      const answer = await call('/rest/run_service', {
        json: { name: 'noop', devices: ['d1'], pools: ['none'], async: true },
      });
      const { job_id: id } = (await answer.json()) as { job_id: string };
      const planned = await waitFor(async () => {
        const run = (await (await call(`/v1/runs/${id}`)).json()) as { counts: { total: number } };
        return run.counts.total > 0 ? run : null;
      });
      expect(planned.counts.total).toBe(1);
      const empty = await call('/v1/runs', { json: { service: 'noop', pools: ['none'] } });
      const { links } = (await empty.json()) as { links: { self: string } };
      const ended = await waitFor(async () => {
        const run = (await (await call(links.self)).json()) as { state: string; error: { code: string } | null };
        return run.state === 'failed' ? run : null;
      });
      expect(ended.error?.code).toBe('TARGETS_EMPTY');
    } finally {
      await gateway.stop();
    }
  });

  it('shows its queues behind the login, to operators without buttons', async () => {
    const { gateway, call } = await startGateway();
    try {
      await call('/v1/catalog/apply', { json: { catalog: CATALOG } });
      await call('/v1/users', { json: { name: 'olga', roles: ['operator'], password: PASSWORD } });
      expect((await call('/queues', { login: 'admin:wrong' })).status).toBe(401);
      const page = await call('/queues');
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Runyard queues')]);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const seenBy = async (login: string) => {
        const answer = await call('/queues/api/queues', { login });
        const { queues } = (await answer.json()) as { queues: { name: string; readOnlyMode: boolean }[] };
        return queues.map(({ name, readOnlyMode }) => [name, readOnlyMode]);
      };
      expect(await seenBy(`admin:${PASSWORD}`)).toEqual(
        expect.arrayContaining([
          ['plan', false],
          ['ams', false],
        ]),
      );
      expect(await seenBy(`olga:${PASSWORD}`)).toEqual(expect.arrayContaining([['ams', true]]));
      for (const action of ['empty', 'obliterate', 'pause', 'clean/completed', 'retry/failed']) {
        expect((await call(`/queues/api/queues/ams/${action}`, { method: 'PUT' })).status).toBe(403);
      }
    } finally {
      await gateway.stop();
    }
  });

  it('tells when it stops what was denied again and again, beside all that was allowed', async () => {
    const { gateway, call } = await startGateway();
    await call('/v1/catalog/apply', { json: { catalog: CATALOG } });
    await call('/v1/users', { json: { name: 'bob', roles: [], password: PASSWORD } });
    const refused = { json: { service: 'noop', devices: ['d1'] }, login: `bob:${PASSWORD}` };
    for (let count = 0; count < 20; count += 1) expect((await call('/v1/runs', refused)).status).toBe(403);
    await gateway.stop();
    const next = await startGateway();
    try {
      const entries = async (query: string) => {
        const { items } = (await (await next.call(`/v1/audit?${query}`)).json()) as { items: { detail: object }[] };
        return items.map(({ detail }) => detail);
      };
      const refusal = { service: 'noop', door: 'native', code: 'SERVICE_RUN_DENIED' };
      expect(await entries('actor=bob&decision=denied')).toEqual([{ ...refusal, repeated: 19 }, refusal]);
      expect(await entries('action=user.create&subject=bob')).toHaveLength(1);
    } finally {
      await next.gateway.stop();
    }
  });

  it('makes a first password up, once', async () => {
    await redis.flush();
    const first = await startGateway(null);
    const [password] = first.firstPasswords;
    expect((await first.call('/v1/me', { login: `admin:${password}` })).status).toBe(200);
    expect(JSON.stringify(first.log.entries)).not.toContain(password);
    await first.gateway.stop();
    const second = await startGateway(null);
    expect(second.firstPasswords).toEqual([]);
    await second.gateway.stop();
  });

  it('stops twice, and before it was started', async () => {
    const { gateway } = await startGateway();
    await Promise.all([gateway.stop(), gateway.stop()]);
    const log = new MemoryLog();
    const early = newGateway(log, PASSWORD);
    await early.stop();
    await early.start();
    expect(log.entries.map(({ message }) => message)).toEqual(['gateway stopped']);
  });
});
