import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import type { Express, Request, Response } from 'express';
import { allRoutes } from '../src/routes/all-routes.ts';
import { basicLogin, startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

describe('every answer', () => {
  it('carries an id of the request, the caller’s if it is a sane one', async () => {
    const own = await gateway.call('/v1/runs', { headers: { 'x-request-id': 'abc-123' } });
    expect(own.headers.get('x-request-id')).toBe('abc-123');
    const made = await gateway.call('/v1/runs', { headers: { 'x-request-id': 'x'.repeat(500) } });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-/);
    expect(made.headers.get('x-content-type-options')).toBe('nosniff');
    expect(made.headers.get('x-powered-by')).toBeNull();
  });

  it('leaves one line in the log, without the query and without a secret', async () => {
    await gateway.call('/v1/runs?service=confidential', { headers: { 'x-request-id': 'abc-123' } });
    const lines = gateway.log.entries.filter(({ message }) => message === 'request answered');
    expect(lines.map(({ fields }) => fields)).toEqual([
      { requestId: 'abc-123', method: 'GET', path: '/v1/runs', status: 200, durationMs: 0, principal: 'ada' },
    ]);
  });

  it('counts in the metrics by route, not by address', async () => {
    await gateway.call('/v1/runs/0123456789abcdef01234567');
    const { text } = await gateway.call('/metrics', { login: null });
    expect(text).toContain('runyard_http_requests_total{method="GET",route="/v1/runs/{id}",status="404"} 1');
    expect(text).not.toContain('0123456789abcdef01234567');
  });
});

describe('errors', () => {
  it('are problem documents', async () => {
    const { status, headers, json } = await gateway.call('/nothing/here', { headers: { 'x-request-id': 'abc' } });
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(json).toEqual({
      type: '/problems/route-not-found',
      title: 'No such address',
      status: 404,
      detail: 'There is nothing at /nothing/here.',
      instance: '/nothing/here',
      code: 'ROUTE_NOT_FOUND',
      requestId: 'abc',
    });
  });

  it('do not repeat the query, in which somebody may have put a key', async () => {
    const { status, text, json } = await gateway.call('/v1/runs?api_key=ry_secret', { login: null });
    expect([status, json.instance]).toEqual([401, '/v1/runs']);
    const known = await gateway.call('/v1/runs?api_key=ry_secret');
    expect([known.status, known.json.instance]).toEqual([400, '/v1/runs']);
    expect(text + known.text).not.toContain('ry_secret');
  });

  it('ask for credentials where they are missing or wrong', async () => {
    const missing = await gateway.call('/v1/runs', { login: null });
    expect([missing.status, missing.json.code]).toEqual([401, 'CREDENTIALS_MISSING']);
    expect(missing.headers.get('www-authenticate')).toContain('Basic realm="Runyard"');
    const wrong = await gateway.call('/v1/runs', { login: 'ada:wrong' });
    expect([wrong.status, wrong.json.code]).toEqual([401, 'CREDENTIALS_WRONG']);
  });

  it('open no login window for a page that calls by itself', async () => {
    const { headers } = await gateway.call('/v1/runs', { login: null, headers: { 'x-requested-with': 'fetch' } });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="Runyard"');
  });

  it('take no credentials out of the query', async () => {
    const { status } = await gateway.call('/v1/runs?access_token=x', { login: null });
    expect(status).toBe(401);
  });

  it('name the methods that an address has', async () => {
    const wrong = await gateway.call('/v1/runs', { method: 'DELETE' });
    expect([wrong.status, wrong.json.code, wrong.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'POST, GET, HEAD',
    ]);
    const asked = await gateway.call('/v1/runs', { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD']);
  });

  it('leak nothing about what failed inside', async () => {
    const failing = await startGateway({ waitForRun: () => Promise.reject(new Error('password=hunter2')) });
    const { status, text, json } = await failing.call('/v1/runs/0123456789abcdef01234567?wait=1');
    expect([status, json.code]).toEqual([500, 'INTERNAL']);
    expect(text).not.toContain('hunter2');
    expect(failing.log.entries.some(({ level, message }) => level === 'error' && message === 'request failed')).toBe(
      true,
    );
    await failing.stop();
  });

  it('tell when to come again', async () => {
    const { AppError } = await import('@runyard/domain');
    const busy = await startGateway({
      authenticate: () => Promise.reject(new AppError('TOO_MANY_LOGINS', 'Wait.', { retryAfter: 12.3 })),
    });
    const { status, headers } = await busy.call('/v1/runs');
    expect([status, headers.get('retry-after')]).toEqual([429, '13']);
    await busy.stop();
  });

  it('are for a path that is not well-formed', async () => {
    const { status, json } = await gateway.call('/v1/runs/%E0%A4%A');
    expect([status, json.code]).toEqual([400, 'PARAMETER_INVALID']);
  });
});

describe('a body', () => {
  const post = (body: string | Uint8Array, headers = {}) =>
    gateway.call('/v1/runs', { body, headers: { 'content-type': 'application/json', ...headers } });

  it('that is larger than the limit is refused, announced or not', async () => {
    const announced = await post('x'.repeat(1_000_001));
    expect([announced.status, announced.json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const { status, connection } = await postChunks(gateway.url, 30);
    // What is left of the body must not be taken for the next request.
    expect([status, connection]).toEqual([413, 'close']);
  });

  it('that breaks off is forgotten, and the gateway goes on', async () => {
    const { port } = new URL(gateway.url);
    const socket = net.connect(Number(port), '127.0.0.1');
    const head = `POST /v1/runs HTTP/1.1\r\nhost: x\r\nauthorization: ${basicLogin('ada:secret')}\r\n`;
    socket.write(`${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{"service"`);
    await new Promise<void>((resolve) => socket.end(resolve));
    socket.destroy();
    expect((await gateway.call('/healthz', { login: null })).status).toBe(200);
  });

  it('of another media type is refused', async () => {
    const { status, json } = await post('<a/>', { 'content-type': 'text/xml' });
    expect([status, json.code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('without a media type is taken for JSON', async () => {
    const { status, json } = await gateway.call('/v1/runs', {
      body: new TextEncoder().encode('{"service":"show","devices":["d1"]}'),
    });
    expect([status, json.state]).toEqual([202, 'queued']);
  });
});

const BAD_BODIES: Readonly<Record<string, string | Uint8Array>> = {
  'no body': '',
  'broken JSON': '{"service": "show",',
  'a list': '[]',
  null: 'null',
  'a number': '1e999',
  'wrong types': '{"service":7,"name":7,"devices":"d1","async":"x"}',
  'deep nesting': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'deep nesting of objects': `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  ['__proto__']: '{"service":"show","name":"show","__proto__":{"role":"administrator"}}',
  'a disguised __proto__':
    '{"service":"show","name":"show","params":{"\\u005f_proto__":1},"payload":{"\\u005f_proto__":1}}',
  NUL: '{"service":"sh\\u0000ow","name":"sh\\u0000ow"}',
  'lone surrogates': '{"service":"\\ud800","name":"\\ud800"}',
  'bytes that are not UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  'unknown fields': '{"servce":"show","nmae":"show"}',
};

describe('bad input', () => {
  it('never gets more than a refusal, on any route, and nothing is queued', async () => {
    const answers: string[] = [];
    for (const route of allRoutes(gateway.deps).filter(({ body }) => body)) {
      const path = route.path.replace(/\{\w+\}/g, 'x');
      for (const [what, body] of Object.entries(BAD_BODIES)) {
        const headers = { 'content-type': route.body?.mediaTypes?.[0] ?? 'application/json' };
        const { status, json } = await gateway.call(path, { method: route.method.toUpperCase(), body, headers });
        const isRefusal =
          status >= 400 && status < 500 && typeof (json?.code ?? json?.alert ?? json?.domain) === 'string';
        if (!isRefusal) answers.push(`${route.method} ${path} with ${what}: ${status}`);
      }
    }
    expect(answers).toEqual([]);
    expect(gateway.queue.slices.size + gateway.queue.plans.size).toBe(0);
  });

  it('takes the last of repeated keys, which is harmless', async () => {
    const body = '{"service":"nope","service":"show","devices":["d1"]}';
    const { status } = await gateway.call('/v1/runs', { body, headers: { 'content-type': 'application/json' } });
    expect(status).toBe(202);
  });

  it.each([
    '/v1/../v1/runs',
    '//v1/runs',
    '/v1/runs/../../etc/passwd',
    '/v1/%2e%2e/runs',
    '/V1/RUNS',
    '/rest//x',
    '/v1',
  ])('finds nothing at %s', async (path) => {
    const { status } = await getRaw(gateway.url, path);
    expect([401, 404]).toContain(status);
  });

  it('in paths never gets more than a refusal', async () => {
    const answers: string[] = [];
    for (const route of allRoutes(gateway.deps).filter(({ path, method }) => path.includes('{') && method === 'get')) {
      for (const bad of [
        '%00',
        '%ff',
        '..%2f..',
        '%F0%9F%92%A9',
        'a'.repeat(4_000),
        '__proto__',
        'constructor',
        ' ',
        "'",
      ]) {
        const { status } = await getRaw(gateway.url, route.path.replace(/\{\w+\}/g, encodeOnce(bad)));
        if (status >= 500) answers.push(`${route.path} with ${bad}: ${status}`);
      }
    }
    expect(answers).toEqual([]);
  });
});

describe('the server', () => {
  it('still is Express, though its messages are born with its prototypes', async () => {
    const { default: express } = await import('express');
    const { createHttpServer } = await import('../src/http/http-server.ts');
    const app = express();
    app.get('/probe/:id', (request, response) => {
      response.status(201).json({
        get: request.get('x-probe'),
        query: request.query['q'],
        params: request.params.id,
        path: request.path,
        ip: typeof request.ip,
        same: Object.getPrototypeOf(request) === app.request && Object.getPrototypeOf(response) === app.response,
        node: request instanceof http.IncomingMessage && response instanceof http.ServerResponse,
      });
    });
    const born: boolean[] = [];
    const watched = (request: Request, response: Response): void => {
      born.push(Object.getPrototypeOf(request) === app.request && Object.getPrototypeOf(response) === app.response);
      app(request, response);
    };
    const listener = Object.assign(watched, { request: app.request, response: app.response }) as unknown as Express;
    const server = createHttpServer(listener, { host: '127.0.0.1', port: 0, stopTimeoutMs: 100 });
    await server.start();
    const answer = await fetch(`${server.url}/probe/7?q=a`, { headers: { 'x-probe': 'yes' } });
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { get: 'yes', query: 'a', params: '7', path: '/probe/7', ip: 'string', same: true, node: true },
    ]);
    expect(born).toEqual([true]);
    await server.stop();
    await server.stop();
  });

  it('stops as soon as what was under way is answered, though callers would keep their connections', async () => {
    const { createHttpServer } = await import('../src/http/http-server.ts');
    let answer: (() => void) | null = null;
    const app = Object.assign(
      (_request: Request, response: Response) => {
        answer = () => response.end('done');
      },
      { request: http.IncomingMessage.prototype, response: http.ServerResponse.prototype },
    ) as unknown as Express;
    const server = createHttpServer(app, { host: '127.0.0.1', port: 0, stopTimeoutMs: 600_000 });
    await server.start();
    const answered = fetch(server.url);
    const finish = await waitFor<(() => void) | null>(() => answer);
    const stopped = server.stop();
    finish();
    expect(await (await answered).text()).toBe('done');
    await expect(stopped).resolves.toBeUndefined();
  });

  it('refuses headers without end', async () => {
    const { status } = await getRaw(gateway.url, '/v1/runs', { 'x-long': 'x'.repeat(20_000) });
    expect(status).toBe(431);
  });

  it('tells whether it is ready', async () => {
    expect((await gateway.call('/readyz', { login: null })).json).toEqual({ status: 'ok' });
    const away = await startGateway({ ping: () => Promise.reject(new Error('away')) });
    expect((await away.call('/readyz', { login: null })).status).toBe(503);
    expect((await away.call('/healthz', { login: null })).status).toBe(200);
    await away.stop();
  });
});

function encodeOnce(text: string): string {
  return text.startsWith('%') || text.includes('%2f') ? text : encodeURIComponent(text);
}

/** Unlike fetch, this sends the path as it is. */
async function getRaw(url: string, path: string, headers = {}): Promise<{ status: number }> {
  const { port } = new URL(url);
  const request = http.get({
    host: '127.0.0.1',
    port,
    path,
    headers: { authorization: basicLogin('ada:secret'), ...headers },
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode ?? 0 };
}

/** A body without a length, in parts of 100 kB, until the answer comes. */
async function postChunks(url: string, parts: number): Promise<{ status: number; connection: string | undefined }> {
  const headers = { authorization: basicLogin('ada:secret'), 'content-type': 'application/json' };
  const request = http.request(`${url}/v1/runs`, { method: 'POST', headers });
  request.on('error', () => undefined);
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  for (let part = 0; part < parts; part += 1) request.write(' '.repeat(100_000));
  const [response] = await answered;
  response.resume();
  request.destroy();
  return { status: response.statusCode ?? 0, connection: response.headers.connection };
}
