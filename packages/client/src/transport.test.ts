import { describe, expect, it } from '@jest/globals';
import { ClientError } from './client-error.ts';
import { type Call, createTransport, type Login } from './transport.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function setup(
  answers: (Response | Error)[],
  { login, url = 'http://gateway:3000' }: { login?: Login; url?: string } = {},
) {
  const sent: Sent[] = [];
  const delays: number[] = [];
  const transport = createTransport({
    url,
    login,
    fetch: async (address, init) => {
      sent.push({ url: address, init });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (!answer) throw new Error('no answer left');
      if (answer instanceof Error) throw answer;
      return answer.clone();
    },
    sleep: async (delayMs) => void delays.push(delayMs),
  });
  return { transport, sent, delays, call: (call: Call) => transport.call<unknown>(call) };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers });

const broken = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });

async function failure(work: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

describe('createTransport', () => {
  it('sends JSON with the login and reads the answer', async () => {
    const { call, sent } = setup([json({ id: 1 })], { login: { username: 'zoë', password: 'p:ß' } });

    const answer = await call({ method: 'POST', path: '/v1/runs', body: { service: 's' } });

    expect(answer.body).toEqual({ id: 1 });
    expect(sent[0]?.url).toBe('http://gateway:3000/v1/runs');
    expect(sent[0]?.init).toMatchObject({ method: 'POST', body: '{"service":"s"}' });
    expect(sent[0]?.init.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('zoë:p:ß').toString('base64')}`,
      'content-type': 'application/json',
    });
  });

  it('sends an API key as a bearer token', async () => {
    const { call, sent } = setup([json({})], { login: { apiKey: 'key-1' } });

    await call({ path: '/v1/me' });

    expect(sent[0]?.init.headers).toMatchObject({ authorization: 'Bearer key-1' });
  });

  it('takes the login out of the address and keeps the path in it', async () => {
    const { call, sent } = setup([json({})], { url: 'https://ann:s%20cret@host/runyard/' });

    await call({ path: '/v1/me', query: { limit: 5, cursor: undefined, label: 'a=b' } });

    expect(sent[0]?.url).toBe('https://host/runyard/v1/me?limit=5&label=a%3Db');
    expect(sent[0]?.init.headers).toMatchObject({ authorization: `Basic ${btoa('ann:s cret')}` });
  });

  it('refuses an address that is not of the web', () => {
    expect(() => setup([], { url: 'file:///etc/passwd' })).toThrow('is not an http or https address');
  });

  it('carries the problem document of a refusal', async () => {
    const problem = {
      code: 'TARGETS_UNKNOWN',
      detail: 'No such',
      errors: [{ path: '/devices/3', message: 'is unknown' }],
    };
    const { call, sent } = setup([json(problem, 400)]);

    const error = await failure(call({ path: '/v1/runs' }));

    expect(error).toMatchObject({ code: 'TARGETS_UNKNOWN', status: 400, detail: 'No such', errors: problem.errors });
    expect(sent).toHaveLength(1);
  });

  it('says so when the answer is not from a gateway', async () => {
    const { call } = setup([new Response('<html>', { status: 502 })]);

    expect(await failure(call({ path: '/' }))).toMatchObject({ code: 'ANSWER_UNEXPECTED', status: 502 });
  });

  it('says so when a good answer is not JSON', async () => {
    const { call } = setup([new Response('<html>')]);

    expect(await failure(call({ path: '/' }))).toMatchObject({ code: 'ANSWER_UNEXPECTED', status: 200 });
  });

  it('tries a GET again when the connection fails, with growing pauses, and then gives up', async () => {
    const { call, sent, delays } = setup([broken]);

    const error = await failure(call({ path: '/v1/runs' }));

    expect(error).toMatchObject({ code: 'UNREACHABLE', detail: expect.stringContaining('nothing listens there') });
    expect(sent).toHaveLength(4);
    expect(delays).toEqual([200, 400, 800]);
  });

  it('never tries a POST again', async () => {
    const { call, sent } = setup([broken, json({})]);

    await failure(call({ method: 'POST', path: '/v1/runs', body: {} }));

    expect(sent).toHaveLength(1);
  });

  it('waits as long as the gateway asks for before it tries a GET again', async () => {
    const busy = json({ code: 'STORE_UNAVAILABLE', detail: 'Redis' }, 503, { 'retry-after': '3' });
    const { call, delays } = setup([busy, json({ ok: true })]);

    expect((await call({ path: '/v1/runs' })).body).toEqual({ ok: true });
    expect(delays).toEqual([3_000]);
  });

  it('passes on an error for which the gateway wants a long pause', async () => {
    const { call, sent } = setup([json({ code: 'TOO_MANY_LOGINS', detail: 'x' }, 429, { 'retry-after': '300' })]);

    expect(await failure(call({ path: '/v1/me' }))).toMatchObject({ code: 'TOO_MANY_LOGINS', retryAfter: 300 });
    expect(sent).toHaveLength(1);
  });

  it('ends with the reason of the caller when the caller aborts', async () => {
    const { call } = setup([broken]);

    await expect(call({ path: '/', signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  it('gives null for an empty answer', async () => {
    const { call } = setup([new Response(null, { status: 204 })]);

    expect((await call({ method: 'DELETE', path: '/v1/pools/a' })).body).toBeNull();
  });
});
