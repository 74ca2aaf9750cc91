import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deviceError, type JsonObject, type ServiceType, type Task, type TaskOutcome } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { type HttpRequestOptions, createHttpRequest } from '../src/http-request/http-request.ts';
import { sampleDevice, sampleTask } from './sample-task.ts';

const CREDENTIAL = { name: 'lab', username: 'ädmin', password: 'pass:word', token: 'token-123' };

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let base: string;
let seen: Seen[];
let connections: number;
let answer: (request: Seen, response: ServerResponse) => void;
let type: ServiceType;
const types: ServiceType[] = [];

function create(options: HttpRequestOptions = {}): ServiceType {
  const created = createHttpRequest(options);
  types.push(created);
  return created;
}

const listener: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const taken = { method, url, headers, body: Buffer.concat(chunks).toString() };
    seen.push(taken);
    answer(taken, response);
  });
};

async function listen(started: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return (started.address() as AddressInfo).port;
}
async function close(started: Server | TcpServer): Promise<void> {
  if ('closeAllConnections' in started) started.closeAllConnections();
  await new Promise<void>((resolve) => started.close(() => resolve()));
}

beforeEach(async () => {
  seen = [];
  connections = 0;
  answer = (_, response) => response.setHeader('content-type', 'text/plain').end('ok');
  server = createServer(listener).on('connection', () => connections++);
  base = `http://127.0.0.1:${await listen(server)}`;
  type = create({ allowCidrs: ['127.0.0.1/32'] });
});
afterEach(async () => {
  await Promise.all(types.splice(0).map((created) => created.stop()));
  await close(server);
});

function call(settings: JsonObject, more: Partial<Task> = {}): Promise<TaskOutcome> {
  return type.run(sampleTask({ url: `${base}/x`, ...settings }, more));
}
const json = (text: string) => (_: Seen, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json; charset=utf-8').end(text);
};

describe('the type http-request', () => {
  it('gives body, status and few headers', async () => {
    answer = (_, response) =>
      response.setHeader('set-cookie', 'secret=1').setHeader('content-type', 'text/plain').end('ü');
    expect(await call({})).toEqual({
      success: true,
      result: 'ü',
      fields: { url: `${base}/x`, method: 'GET', status_code: 200, headers: { 'content-type': 'text/plain' } },
    });
  });

  it('sends method, rendered headers, query and text body', async () => {
    const params = { q: 'a&b', mark: `"x" 'y' \\ $(id)`, text: 'ü\n{{ device.name }}' };
    const settings = {
      method: 'PUT',
      headers: { 'X-Mark': '{{ params.mark }}' },
      query: { q: '{{ params.q }}', n: 1 },
      body: '{{ params.text }}',
    };
    await call(settings, { params });
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: '/x?q=a%26b&n=1',
      headers: { 'x-mark': params.mark, 'content-type': 'text/plain; charset=utf-8' },
      body: params.text,
    });
  });

  it('renders the texts inside a JSON body, so that no value can change its structure', async () => {
    const params = { evil: '","admin":true,"x":"' };
    await call(
      { method: 'POST', json: { name: '{{ params.evil }}', list: [1, null, '{{ device.name }}'] } },
      { params },
    );
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ name: params.evil, list: [1, null, 'r1'] });
    expect(seen[0]?.headers['content-type']).toBe('application/json');
  });

  it('calls the address of the device', async () => {
    const device = { ...sampleDevice, address: '127.0.0.1', port: (server.address() as AddressInfo).port };
    await call({ url: 'http://{{ device.address }}:{{ device.port }}/{{ device.name }}' }, { device });
    expect(seen[0]?.url).toBe('/r1');
  });

  it.each([
    ['a header with line breaks', { headers: { 'x-a': '{{ params.x }}' } }, 'a\r\nx-b: c'],
    ['a header of the connection', { headers: { 'Transfer-Encoding': 'chunked' } }, ''],
    ['another name of the host', { headers: { Host: 'other' } }, ''],
    ['a header with characters that none may hold', { headers: { 'x-a': '{{ params.x }}' } }, '日本'],
  ])('does not send %s', async (_, settings, x) => {
    await expect(call(settings, { params: { x } })).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
    expect(seen).toEqual([]);
  });

  it('authenticates with user and password or token, and shows neither', async () => {
    answer = (_, response) => response.setHeader('location', 'http://u:pass@h/').end('ok');
    const outcomes = [
      await call({ auth: 'basic' }, { credential: CREDENTIAL }),
      await call({ auth: 'bearer' }, { credential: CREDENTIAL }),
      await call({}, { credential: CREDENTIAL }),
    ];
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('ädmin:pass:word').toString('base64')}`,
      'Bearer token-123',
      undefined,
    ]);
    expect(JSON.stringify(outcomes)).not.toMatch(/pass|token|Basic|Bearer/);
    expect(outcomes[0]?.fields).toMatchObject({ headers: { location: 'http://h/' } });
  });

  it.each(['basic', 'bearer'])('needs a credential for %s', async (auth) => {
    await expect(call({ auth })).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
    await expect(call({ auth }, { credential: { name: 'key' } })).rejects.toMatchObject({
      code: 'CREDENTIAL_NOT_FOUND',
    });
  });

  it.each([
    [undefined, 204, true],
    [undefined, 302, false],
    [['2xx', 404], 404, true],
    [['2xx', 404], 201, true],
    [[200], 201, false],
    [['201'], 201, true],
  ])('with expected %j takes status %i: %j', async (expectedStatus, status, success) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await call(expectedStatus ? { expectedStatus } : {})).toMatchObject({
      success,
      fields: { status_code: status },
    });
  });

  it('tells status and the first 2 KiB of an unexpected answer', async () => {
    answer = (_, response) => response.writeHead(503, { 'retry-after': '7' }).end('é'.repeat(5_000));
    expect(await call({})).toMatchObject({
      success: false,
      result: 'é'.repeat(1024),
      error: { code: 'RESPONSE_UNEXPECTED', message: 'The device answered with status 503' },
      fields: { status_code: 503, headers: { 'retry-after': '7' } },
    });
  });

  it('tells refused credentials from other answers', async () => {
    answer = (_, response) => response.writeHead(401).end();
    expect(await call({ auth: 'basic' }, { credential: CREDENTIAL })).toMatchObject({
      error: { code: 'AUTHENTICATION_FAILED' },
    });
    expect(await call({})).toMatchObject({ error: { code: 'RESPONSE_UNEXPECTED' } });
  });

  it('reads JSON where the answer says so, else text', async () => {
    answer = json('{"a":[1],"__proto__":{"x":1}}');
    expect(JSON.stringify((await call({})).result)).toBe('{"a":[1],"__proto__":{"x":1}}');
    expect((await call({ parse: 'text' })).result).toBe('{"a":[1],"__proto__":{"x":1}}');
    answer = json('{broken');
    expect((await call({})).result).toBe('{broken');
    await expect(call({ parse: 'json' })).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    answer = json(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await expect(call({ parse: 'json' })).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    expect((await call({})).result).toHaveLength(200_000);
    answer = (_, response) => response.writeHead(204).end();
    expect((await call({ parse: 'json' })).result).toBeNull();
  });

  it('reads bytes that are not UTF-8, and other encodings', async () => {
    answer = (_, response) => response.end(Buffer.from([0x61, 0xff, 0xc3]));
    expect((await call({})).result).toBe('a\ufffd\ufffd');
    answer = (_, response) =>
      response.setHeader('content-type', 'text/plain; charset=iso-8859-1').end(Buffer.from([0xfc]));
    expect((await call({})).result).toBe('ü');
  });

  it('stops reading a response past the limit', async () => {
    answer = (_, response) => {
      const block = Buffer.alloc(65_536, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', write);
      write();
    };
    await expect(call({ responseBytesMax: 100_000 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringContaining('100000'),
    });
    answer = (_, response) => response.end('x'.repeat(100_000));
    expect((await call({ responseBytesMax: 100_000 })).result).toHaveLength(100_000);
  });

  it('keeps connections for the next request and closes them at the end', async () => {
    for (let round = 0; round < 10; round++) await call({});
    // The first may still be closing its response when the second request comes.
    expect(connections).toBeLessThanOrEqual(2);
    await type.stop();
    const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    await waitFor(async () => (await open()) === 0, { timeoutMs: 2_000 });
    await type.stop();
  });
});

describe('failures of http-request', () => {
  it('tells a refused connection', async () => {
    const free = createTcpServer();
    const port = await listen(free);
    await close(free);
    await expect(call({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
  });

  it('tells a name without address', async () => {
    await expect(call({ url: 'http://device.invalid/' })).rejects.toMatchObject({ code: 'DEVICE_UNREACHABLE' });
  });

  it('tells a connection that breaks, before and in the response', async () => {
    answer = (_, response) => response.destroy();
    await expect(call({})).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    };
    await expect(call({})).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('tells an answer that is not HTTP', async () => {
    const odd = createTcpServer((socket) =>
      socket
        .resume()
        .on('error', () => undefined)
        .end('SSH-2.0-OpenSSH\r\n'),
    );
    const port = await listen(odd);
    await expect(call({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await close(odd);
  });

  it('gives up after its time, while it waits for the header and for the body', async () => {
    answer = () => undefined;
    const late = { code: 'CONNECTION_TIMEOUT', message: expect.stringContaining('150 ms') };
    await expect(call({ timeoutMs: 150 })).rejects.toMatchObject(late);
    answer = (_, response) => response.write('half');
    await expect(call({ timeoutMs: 150 })).rejects.toMatchObject(late);
    await expect(call({}, { timeoutMs: 150 })).rejects.toMatchObject(late);
  });

  it('lets go when the signal fires, and starts nothing after it', async () => {
    const stop = new AbortController();
    const reason = deviceError('RUN_CANCELLED', 'stop');
    answer = () => stop.abort(reason);
    await expect(call({}, { signal: stop.signal })).rejects.toBe(reason);
    await expect(call({}, { signal: stop.signal })).rejects.toBe(reason);
    expect(seen).toHaveLength(1);
  });
});

describe('addresses of http-request', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://224.0.0.1/',
    'https://localhost/',
    'http://localhost:6379/',
  ])('refuses %s', async (url) => {
    await expect(create().run(sampleTask({ url }))).rejects.toMatchObject({
      code: 'ADDRESS_FORBIDDEN',
      message: expect.stringContaining('workerHttp.allowCidrs'),
    });
  });

  it('names the refused address', async () => {
    await expect(create().run(sampleTask({ url: 'http://0x7f.1/' }))).rejects.toThrow('127.0.0.1');
    await expect(create().run(sampleTask({ url: 'http://localhost/' }))).rejects.toThrow(
      /(127\.0\.0\.1|::1) of localhost/,
    );
  });

  it('refuses a denied network', async () => {
    const denying = create({ allowCidrs: ['127.0.0.0/8'], denyCidrs: ['127.0.0.1/32'] });
    await expect(denying.run(sampleTask({ url: base }))).rejects.toMatchObject({ code: 'ADDRESS_FORBIDDEN' });
  });

  it('checks the address that is connected to, not one that was looked up before', async () => {
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.1'];
    const rebinding = create({
      allowCidrs: ['127.0.0.1/32'],
      resolve: (_, __, callback) => callback(null, [{ address: answers.shift() ?? '127.0.0.3', family: 4 }]),
    });
    const url = base.replace('127.0.0.1', 'rebinding.test');
    answer = (_, response) => response.setHeader('connection', 'close').end('ok');
    expect(await rebinding.run(sampleTask({ url }))).toMatchObject({ success: true });
    await expect(rebinding.run(sampleTask({ url }))).rejects.toThrow('127.0.0.2 of rebinding.test');
    expect(await rebinding.run(sampleTask({ url }))).toMatchObject({ success: true });
    expect(seen).toHaveLength(2);
  });

  it('connects only to those addresses of a name that are allowed', async () => {
    const mixed = create({
      allowCidrs: ['127.0.0.1/32'],
      resolve: (_, __, callback) =>
        callback(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });
    expect(await mixed.run(sampleTask({ url: base.replace('127.0.0.1', 'mixed.test') }))).toMatchObject({
      success: true,
    });
  });
});

describe('redirects of http-request', () => {
  const redirectTo =
    (target: string, status = 302) =>
    ({ url }: Seen, response: ServerResponse) => {
      if (url === '/x') response.writeHead(status, { location: target }).end('moved');
      else response.end('there');
    };

  it('does not follow unless told to', async () => {
    answer = redirectTo('/y');
    expect(await call({})).toMatchObject({
      success: false,
      fields: { status_code: 302, headers: { location: `${base}/y` } },
    });
    expect(await call({ followRedirects: 1 })).toMatchObject({
      success: true,
      result: 'there',
      fields: { url: `${base}/y` },
    });
  });

  it('stops after as many as allowed', async () => {
    answer = (_, response) => response.writeHead(302, { location: '/x' }).end();
    expect(await call({ followRedirects: 3 })).toMatchObject({
      success: false,
      error: { code: 'RESPONSE_UNEXPECTED' },
    });
    expect(seen).toHaveLength(4);
  });

  it.each(['http://169.254.169.254/', 'http://127.0.0.2/', 'http://[::1]/', '//localhost/', 'file:///etc/passwd'])(
    'does not follow to %s',
    async (target) => {
      answer = redirectTo(target);
      const resolve: HttpRequestOptions['resolve'] = (_, __, callback) =>
        callback(null, [{ address: '::1', family: 6 }]);
      type = create({ allowCidrs: ['127.0.0.1/32'], resolve });
      await expect(call({ followRedirects: 5 })).rejects.toMatchObject({ code: 'ADDRESS_FORBIDDEN' });
      expect(seen).toHaveLength(1);
    },
  );

  it('does not follow to an address with user info, and does not repeat it', async () => {
    answer = redirectTo(`http://user:pass-word@127.0.0.1/`);
    const failed = call({ followRedirects: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
    await expect(failed).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('pass-word') }),
    );
  });

  it('gives credentials and headers to the same origin only', async () => {
    const other = createServer(listener);
    const otherBase = `http://127.0.0.1:${await listen(other)}`;
    const settings = { followRedirects: 1, auth: 'bearer', headers: { 'x-key': 'k', cookie: 'c=1', accept: 'a/b' } };
    answer = redirectTo(`${otherBase}/y`);
    await call(settings, { credential: CREDENTIAL });
    answer = redirectTo('/y');
    await call(settings, { credential: CREDENTIAL });
    expect(seen[1]?.headers).toMatchObject({ accept: 'a/b' });
    expect(
      Object.keys(seen[1]?.headers ?? {}).filter((name) => ['authorization', 'x-key', 'cookie'].includes(name)),
    ).toEqual([]);
    expect(seen[3]?.headers).toMatchObject({ authorization: 'Bearer token-123', 'x-key': 'k', cookie: 'c=1' });
    await close(other);
  });

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'data'],
    [308, 'POST', 'data'],
  ])('after POST and %i sends %s', async (status, method, body) => {
    answer = redirectTo('/y', status);
    await call({ method: 'POST', body: 'data', followRedirects: 1 });
    expect(seen[1]).toMatchObject({ method, body });
    expect(seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain; charset=utf-8');
  });
});
