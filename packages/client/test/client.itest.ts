import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ClientError, createClient, type RunEvent, type RunyardClient } from '../src/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, call: number) => void;

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function setup(
  handler: Handler,
): Promise<{ client: RunyardClient; requests: string[]; headers: IncomingMessage['headers'][] }> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    handler(request, response, requests.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createClient({ url, apiKey: 'k', sleep: async () => {} }), requests, headers };
}

const run = (state: string) => JSON.stringify({ id: 'a', state, counts: { total: 1 } });

async function eventsOf(client: RunyardClient): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of client.runs.events('a')) events.push(event);
  return events;
}

describe('the client against a server', () => {
  it('long-polls a run until it has ended', async () => {
    const { client, requests } = await setup((_request, response, call) => {
      response.end(run(call < 3 ? 'running' : 'succeeded'));
    });

    expect((await client.runs.wait('a')).state).toBe('succeeded');
    expect(requests).toEqual(Array(3).fill('GET /v1/runs/a?wait=25'));
  });

  it('gives a run back as it is when the time is over', async () => {
    const { client } = await setup((_request, response) => response.end(run('running')));

    expect((await client.runs.wait('a', { timeoutMs: 0 })).state).toBe('running');
  });

  it('takes up a broken stream after the last event that came', async () => {
    const { client, headers } = await setup((_request, response, call) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (call === 1) {
        response.write(`event: run\nid: 4\ndata: ${run('running')}\n\n`, () => response.destroy());
      } else {
        response.write(': alive\n\nevent: device\nid: 5\ndata: {"name":"r1","state":"succeeded"}\n\n');
        response.end('event: later-invention\ndata: {}\n\nevent: end\nid: 6\ndata: {}\n\n');
      }
    });

    const events = await eventsOf(client);

    expect(events.map(({ event }) => event)).toEqual(['run', 'device', 'end']);
    expect(headers.map((sent) => sent['last-event-id'])).toEqual([undefined, '4']);
  });

  it('gives up on a stream that breaks again and again', async () => {
    const { client, requests } = await setup((_request, response) => response.destroy());

    await expect(eventsOf(client)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(requests).toHaveLength(9);
  });

  it('does not come back to a stream that was refused', async () => {
    const { client, requests } = await setup((_request, response) => {
      response.writeHead(404).end(JSON.stringify({ code: 'RUN_NOT_FOUND', detail: 'There is no such run.' }));
    });

    await expect(eventsOf(client)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
    expect(requests).toHaveLength(1);
  });

  it('cuts a stream that has become silent and comes back', async () => {
    const { client, requests } = await setup((_request, response, call) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (call > 1) response.end('event: end\ndata: {}\n\n');
      else response.flushHeaders();
    });

    const events: RunEvent[] = [];
    for await (const event of client.runs.events('a', { silenceMs: 50 })) events.push(event);

    expect(events).toEqual([{ event: 'end' }]);
    expect(requests).toHaveLength(2);
  });

  it('stops following when the caller has enough', async () => {
    const enough = new AbortController();
    const { client } = await setup((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: run\ndata: ${run('running')}\n\n`);
    });

    const following = async (): Promise<void> => {
      for await (const { event } of client.runs.events('a', { signal: enough.signal })) {
        if (event === 'run') enough.abort('enough');
      }
    };

    await expect(following()).rejects.toBe('enough');
  });

  it('reads every page of the devices of a run', async () => {
    const { client, requests } = await setup((_request, response, call) => {
      response.end(JSON.stringify({ items: [{ name: `r${call}` }], cursor: call === 1 ? 'next' : null }));
    });

    const names: string[] = [];
    for await (const { name } of client.runs.devices('a', { state: 'failed' })) names.push(name);

    expect(names).toEqual(['r1', 'r2']);
    expect(requests[1]).toBe('GET /v1/runs/a/devices?state=failed&limit=500&cursor=next');
  });

  it('says that nothing listens when nothing does', async () => {
    const { client } = await setup(() => {});
    for (const close of open.splice(0)) await close();

    const error = (await client.me().catch((reason: unknown) => reason)) as ClientError;

    expect(error.code).toBe('UNREACHABLE');
    expect(error.detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached: nothing listens there\.$/);
  });

  it('asks for a run to be repeated on what failed, or on all', async () => {
    const bodies: string[] = [];
    const { client, requests } = await setup((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(String(chunk)));
      request.on('end', () => response.end('{"id":"b"}'));
    });

    expect((await client.runs.rerun('a')).id).toBe('b');
    await client.runs.rerun('a', 'all');

    expect(requests).toEqual(['POST /v1/runs/a/rerun', 'POST /v1/runs/a/rerun']);
    expect(bodies).toEqual(['{"only":"failed"}', '{"only":"all"}']);
  });

  it('asks for the tree and the steps of a run, and answers the ones that ask', async () => {
    const bodies: string[] = [];
    const { client, requests } = await setup((request, response, call) => {
      request.on('data', (chunk: Buffer) => bodies.push(String(chunk)));
      request.on('end', () =>
        response.end(JSON.stringify({ items: [{ step: `s${call}` }], cursor: call < 2 ? 'next' : null })),
      );
    });
    const steps: string[] = [];
    for await (const { step } of client.runs.steps('a', { state: 'waiting' })) steps.push(step);
    await client.runs.stepPage('a', { limit: 7, cursor: 'c' });
    await client.runs.tree('a');
    await client.runs.approve('a', { step: 's1', device: 'r1', comment: 'go on' });
    await client.runs.reject('a', { step: 's1' });
    await client.runs.rerun('a', 'all', { resume: true });

    expect(steps).toEqual(['s1', 's2']);
    expect(requests).toEqual([
      'GET /v1/runs/a/steps?state=waiting&limit=500',
      'GET /v1/runs/a/steps?state=waiting&limit=500&cursor=next',
      'GET /v1/runs/a/steps?limit=7&cursor=c',
      'GET /v1/runs/a/tree',
      'POST /v1/runs/a/approve',
      'POST /v1/runs/a/reject',
      'POST /v1/runs/a/rerun',
    ]);
    expect(bodies.map((text) => JSON.parse(text) as unknown)).toEqual([
      { step: 's1', device: 'r1', comment: 'go on' },
      { step: 's1' },
      { only: 'all', resume: true },
    ]);
  });

  it('manages users and API keys, and reads the audit log', async () => {
    const bodies: unknown[] = [];
    const { client, requests } = await setup((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += String(chunk)));
      request.on('end', () => {
        if (text !== '') bodies.push(JSON.parse(text));
        if (request.method === 'DELETE') response.writeHead(204).end();
        else response.end(JSON.stringify({ items: [{ id: 'one', name: 'eve' }], cursor: null, token: 't' }));
      });
    });
    const password = randomBytes(8).toString('hex');
    const listed: unknown[] = [];
    for await (const { name } of client.users.list()) listed.push(name);
    for await (const { id } of client.apiKeys.list()) listed.push(id);
    for await (const { id } of client.audit.list({ actor: 'eve', decision: 'denied' })) listed.push(id);
    await client.users.create({ name: 'eve', roles: ['viewer'], password });
    await client.users.change('e/ve', { disabled: true });
    await client.users.delete('e/ve');
    const { token } = await client.apiKeys.create({ name: 'ci', serviceAccount: 'sa_ci' });
    await client.apiKeys.revoke('key-1');

    expect([listed, token]).toEqual([['eve', 'one', 'one'], 't']);
    expect(requests).toEqual([
      'GET /v1/users?limit=500',
      'GET /v1/api-keys?limit=500',
      'GET /v1/audit?limit=500&actor=eve&decision=denied',
      'POST /v1/users',
      'PUT /v1/users/e%2Fve',
      'DELETE /v1/users/e%2Fve',
      'POST /v1/api-keys',
      'DELETE /v1/api-keys/key-1',
    ]);
    expect(bodies).toEqual([
      { name: 'eve', roles: ['viewer'], password },
      { disabled: true },
      { name: 'ci', serviceAccount: 'sa_ci' },
    ]);
  });

  it('asks the gateway to wait and to replace only what it has seen', async () => {
    const { client, headers, requests } = await setup((_request, response) => response.end('{}'));

    await client.runs.create({ service: 's' }, { waitSeconds: 5, idempotencyKey: 'once' });
    await client.catalog.put('pool', 'a/b', { name: 'a/b' }, { version: 3 });
    await client.catalog.put('pool', 'new', { name: 'new' }, { version: 0 });

    expect(headers[0]).toMatchObject({ prefer: 'wait=5', 'idempotency-key': 'once' });
    expect(requests[1]).toBe('PUT /v1/pools/a%2Fb');
    expect(headers[1]).toMatchObject({ 'if-match': '"3"' });
    expect(headers[2]).toMatchObject({ 'if-none-match': '*' });
  });
});
