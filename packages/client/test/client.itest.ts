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
