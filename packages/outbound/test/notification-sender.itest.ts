import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NotificationMessage, NotificationSender } from '@runyard/domain';
import {
  type AddressRules,
  type Connections,
  createAddressPolicy,
  createConnections,
  createNotificationSender,
  type ResolveName,
} from '../src/index.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const SECRET = 'known to both';

let server: Server;
let base: string;
let seen: { readonly request: IncomingMessage; readonly body: string }[];
let answer: (response: ServerResponse) => void;
const open: Connections[] = [];

beforeEach(async () => {
  seen = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ request, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((connections) => connections.close()));
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const LOCAL = { allowCidrs: ['127.0.0.1/32'], setting: 'callbacks.allowCidrs' };

function sender(rules: AddressRules = LOCAL, resolve?: ResolveName, timeoutMs = 5_000): NotificationSender {
  const connections = createConnections(createAddressPolicy(rules), resolve);
  open.push(connections);
  return createNotificationSender({
    connections,
    clock: { nowMs: () => NOW_MS },
    userAgent: 'Runyard/test',
    timeoutMs,
  });
}

const never = new AbortController().signal;
const message = (url = `${base}/hook?a=b`): NotificationMessage => ({
  url,
  headers: { 'x-runyard-event': 'failed' },
  body: '{"event":"failed","text":"ü"}',
  secret: SECRET,
});

describe('the sender of notifications', () => {
  it('posts JSON with a signature that the receiver can check', async () => {
    expect(await sender().send(message(), never)).toBe(204);
    const [{ request, body } = { request: null, body: '' }] = seen;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/hook?a=b',
      headers: { 'content-type': 'application/json', 'user-agent': 'Runyard/test', 'x-runyard-event': 'failed' },
    });
    const [, seconds = '', given] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-runyard-signature'])) ?? [];
    expect(Number(seconds)).toBe(NOW_MS / 1_000);
    expect(given).toBe(createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'));
  });

  it('follows no redirect', async () => {
    answer = (response) => response.writeHead(307, { location: `${base}/other` }).end();
    expect(await sender().send(message(), never)).toBe(307);
    expect(seen).toHaveLength(1);
  });

  it('reads no more than a little of an answer that never ends', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    let chunks = 0;
    let isClosed: Promise<void> | undefined;
    answer = (response) => {
      isClosed = new Promise((resolve) => response.on('close', resolve));
      const pour = (): void => {
        chunks += 1;
        response.write(chunk, (error) => (error ? undefined : pour()));
      };
      response.writeHead(200);
      pour();
    };
    expect(await sender().send(message(), never)).toBe(200);
    await isClosed;
    // What the network holds on its way is more than what was read, but not endless.
    expect(chunks).toBeLessThan(1_000);
  });

  it('gives up on a receiver that does not answer in time', async () => {
    answer = () => undefined;
    await expect(sender(LOCAL, undefined, 50).send(message(), never)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: 'The receiver did not answer within 0.05 s',
    });
  });

  it('says that nobody is there, without the address', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    await expect(sender().send(message(`http://127.0.0.1:${port}/token`), never)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: 'The receiver could not be reached (ECONNREFUSED)',
    });
  });

  it('does not connect to a forbidden address, in the URL or behind a name', async () => {
    const url = base.replace('127.0.0.1', 'receiver.test');
    const loopback: ResolveName = (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    for (const [to, resolve] of [[base], [url, loopback]] as const) {
      await expect(sender({ setting: 'callbacks.allowCidrs' }, resolve).send(message(to), never)).rejects.toMatchObject(
        {
          code: 'ADDRESS_FORBIDDEN',
          message: expect.stringContaining('callbacks.allowCidrs'),
        },
      );
    }
    expect(seen).toHaveLength(0);
    expect(await sender(LOCAL, loopback).send(message(url), never)).toBe(204);
  });
});
