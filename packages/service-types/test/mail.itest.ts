import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AppError,
  deviceError,
  type JsonObject,
  type ServiceType,
  type Task,
  type TaskOutcome,
} from '@runyard/domain';
import { needs, tempFolder, type TempFolder, waitFor } from '@runyard/testkit';
import { createMail } from '../src/mail/mail.ts';
import { HOSTILE } from './hostile-values.ts';
import { headerOf, type MailServer, type MailServerOptions, startMailServer, textOf } from './mail-server.ts';
import { sampleTask } from './sample-task.ts';

const LOGIN = { username: 'robot', password: `pw-${randomBytes(9).toString('hex')}` };
const CREDENTIAL = { name: 'mail', ...LOGIN };
const MAIL = { from: 'Runyard <runyard@example.net>', to: ['ada@example.net'], subject: 's', text: 't' };

let folder: TempFolder;
let type: ServiceType;
let server: MailServer;

beforeEach(async () => {
  folder = await tempFolder('runyard-mail-');
  type = createMail({ allowCidrs: ['127.0.0.1/32'] });
});
afterEach(async () => {
  await type.stop();
  await server?.stop();
  await folder.remove();
});

async function start(options: MailServerOptions = {}): Promise<void> {
  server = await startMailServer(folder.path, options);
}

function send(settings: JsonObject, more: Partial<Task> = {}): Promise<TaskOutcome> {
  const reach = { host: '127.0.0.1', port: server.port, tls: { verify: false } };
  return type.run(sampleTask({ ...reach, ...MAIL, ...settings }, more));
}

needs(describe, 'openssl')('the type mail', () => {
  it('sends a mail, encrypted, and tells its id and who got it', async () => {
    await start();
    const outcome = await send(
      {
        to: ['{{ params.who }}', 'Bob <bob@example.net>'],
        cc: ['cy@example.net', '{{ params.nobody }}'],
        bcc: ['dee@example.net'],
        replyTo: 'Desk <desk@example.net>',
        subject: '{{ device.name }} is down',
        text: 'Look at {{ device.name }}.',
      },
      { params: { who: 'Ada Lovelace <ada@example.net>', nobody: '' } },
    );
    const all = ['ada@example.net', 'bob@example.net', 'cy@example.net', 'dee@example.net'];
    expect(outcome).toEqual({
      success: true,
      result: { messageId: expect.stringMatching(/^<[0-9a-f.]+@example\.net>$/), accepted: all, rejected: [] },
      fields: { host: '127.0.0.1', port: server.port, security: 'starttls', sent: true },
    });
    expect(server.mails).toMatchObject([{ from: 'runyard@example.net', to: all, user: null, isEncrypted: true }]);
    const [mail] = server.mails;
    expect(mail && textOf(mail)).toBe('Look at r1.');
    expect(Object.fromEntries(mail?.headers ?? [])).toMatchObject({
      from: 'Runyard <runyard@example.net>',
      to: 'Ada Lovelace <ada@example.net>, Bob <bob@example.net>',
      cc: 'cy@example.net',
      'reply-to': 'Desk <desk@example.net>',
      subject: 'r1 is down',
      'message-id': (outcome.result as JsonObject)['messageId'],
    });
    expect(mail?.headers.has('bcc')).toBe(false);
  });

  it('sends text and HTML as two forms of the same', async () => {
    await start();
    await send({ html: '<b>{{ params.x | escape }}</b>' }, { params: { x: '<i>' } });
    expect(server.mails[0]?.headers.get('content-type')).toMatch(/^multipart\/alternative/);
    expect(server.mails[0]?.body).toContain('<b>&lt;i&gt;</b>');
  });

  it('is the same mail at each attempt, and another one for another device', async () => {
    await start();
    const ids = [await send({}), await send({}, { attempt: 2 }), await send({}, { device: null })].map(
      ({ result }) => (result as JsonObject)['messageId'],
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it.each([
    ['starttls', {}],
    ['tls', { secure: true }],
    ['none', {}],
  ])('logs in over %s', async (security, options) => {
    await start({ login: LOGIN, ...options });
    expect(await send({ security }, { credential: CREDENTIAL })).toMatchObject({ success: true });
    expect(server.mails).toMatchObject([{ user: LOGIN.username, isEncrypted: security !== 'none' }]);
  });

  it('tells refused credentials, without the password that the server repeats', async () => {
    await start({ login: LOGIN });
    const wrong = { ...CREDENTIAL, password: `wrong-${randomBytes(9).toString('hex')}` };
    const messages: string[] = [];
    const refused = send({}, { credential: wrong }).catch((error: AppError) => {
      messages.push(error.message);
      throw error;
    });
    await expect(refused).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(messages).toEqual([expect.stringContaining('no such login')]);
    expect(messages[0]).not.toContain(wrong.password);
    expect(server.logins).toEqual([{ username: 'robot', password: wrong.password }]);
  });

  it('needs user name and password of a credential', async () => {
    await start();
    await expect(send({}, { credential: { name: 'half', username: 'a' } })).rejects.toMatchObject({
      code: 'CREDENTIAL_NOT_FOUND',
      message: expect.stringContaining("'half'"),
    });
  });

  it('sends no password to a server that takes none', async () => {
    await start({ disabledCommands: ['AUTH'] });
    await expect(send({}, { credential: CREDENTIAL })).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(server.mails).toEqual([]);
  });

  it('sends nothing where STARTTLS is not offered', async () => {
    await start({ disabledCommands: ['STARTTLS'], login: LOGIN });
    await expect(send({}, { credential: CREDENTIAL })).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('`security`'),
    });
    expect([server.mails, server.logins]).toEqual([[], []]);
  });

  it.each(['starttls', 'tls'])('does not trust a certificate that nobody signed, over %s', async (security) => {
    await start({ login: LOGIN, secure: security === 'tls' });
    await expect(send({ security, tls: {} }, { credential: CREDENTIAL })).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: expect.stringContaining('tls.verify'),
    });
    expect(server.logins).toEqual([]);
  });

  it('succeeds for those whom the server takes, and names the others', async () => {
    await start({ refuse: (address) => (address.startsWith('no') ? 'who is that?' : null) });
    const task = sampleTask({
      host: '127.0.0.1',
      port: server.port,
      tls: { verify: false },
      ...MAIL,
      to: ['no@example.net', 'yes@example.net'],
    });
    expect(await type.run(task)).toMatchObject({
      success: true,
      result: { accepted: ['yes@example.net'], rejected: ['no@example.net'] },
    });
    expect(task.lines).toEqual(['no@example.net was refused: 550 who is that?']);
    await expect(send({ to: ['no@example.net'] })).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('550 who is that?'),
    });
  });

  it('tells that the mail itself was refused', async () => {
    await start({
      onData(stream, _session, callback) {
        stream.resume().on('end', () => callback(Object.assign(new Error('spam'), { responseCode: 554 })));
      },
    });
    await expect(send({})).rejects.toMatchObject({ code: 'MAIL_REFUSED', message: expect.stringContaining('spam') });
  });

  it('renders everything and sends nothing in a run with check', async () => {
    await start();
    const task = sampleTask(
      { host: '127.0.0.1', port: server.port, ...MAIL, to: ['{{ params.who }}'] },
      { check: true, params: { who: 'ada@example.net' } },
    );
    expect(await type.run(task)).toMatchObject({
      success: true,
      result: { accepted: [], rejected: [] },
      fields: { sent: false },
    });
    expect(task.lines).toEqual([expect.stringContaining('ada@example.net')]);
    await expect(send({ to: ['nonsense'] }, { check: true })).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
    expect(server.mails).toEqual([]);
  });

  it('carries hostile values as they are, and refuses a subject that is not one line', async () => {
    await start();
    for (const [index, x] of HOSTILE.entries()) {
      const isLine = x.length < 400 && !/[\p{Cc}\u2028]/u.test(x);
      const subject = '<{{ params.x }}>';
      const codes: unknown[] = [];
      const note = (error: unknown): void => void codes.push((error as AppError).code);
      if (!isLine) await send({ subject }, { params: { x } }).then(note, note);
      expect(codes).toEqual(isLine ? [] : ['TEMPLATE_INVALID']);
      await send({ text: '<{{ params.x }}>', ...(isLine ? { subject } : {}) }, { params: { x } });
      const mail = server.mails[index];
      expect(mail && textOf(mail)).toBe(`<${x.replace(/\r?\n/g, '\r\n')}>`);
      expect(mail && headerOf(mail, 'subject')).toBe(isLine ? `<${x}>` : 's');
    }
    expect(server.mails).toHaveLength(HOSTILE.length);
  });

  it.each([
    'a@example.net\r\nBcc: evil@example.net',
    'a@example.net\nRCPT TO:<evil@example.net>',
    'a@example.net, evil@example.net',
    'a@example.net; evil@example.net',
    'x <a@example.net> <evil@example.net>',
    'a@example.net> <evil@example.net',
    'group: a@example.net, evil@example.net;',
    'a@example.net evil@example.net',
    'a@evil@example.net',
    '"a@evil.net, x"@example.net',
    'a@example.net\0',
    'a@[127.0.0.1]',
    '@example.net',
    'a@',
    'a',
    `${'a'.repeat(65)}@example.net`,
    `a@${'b.'.repeat(130)}net`,
  ])('takes no %j for an address, in any place', async (x) => {
    await start();
    const place = '{{ params.x }}';
    for (const settings of [{ to: [place] }, { cc: [place] }, { bcc: [place] }, { from: place }, { replyTo: place }]) {
      const refused = send(settings, { params: { x } });
      await expect(refused).rejects.toMatchObject({
        code: 'TEMPLATE_INVALID',
        message: expect.stringMatching(/^`(to|cc|bcc|from|reply-to)` /),
      });
    }
    expect(server.mails).toEqual([]);
  });

  it('cannot be made to add a header by a name', async () => {
    await start();
    const x = 'Ünïcode "quoted" \\ name, evil@example.net';
    await send({ to: ['{{ params.x }} <a@example.net>'] }, { params: { x } });
    expect(server.mails).toMatchObject([{ to: ['a@example.net'] }]);
  });

  it('has bounds for recipients and sizes', async () => {
    await start();
    const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `a${n}@example.net`);
    expect(await send({ to: many(60), cc: many(100).slice(60) })).toMatchObject({ success: true });
    await expect(send({ to: many(60), bcc: many(41) })).rejects.toMatchObject({
      code: 'TEMPLATE_INVALID',
      message: 'The mail has 101 recipients, at most 100 are possible',
    });
    await expect(send({ to: ['{{ params.nobody }}'] }, { params: { nobody: '' } })).rejects.toMatchObject({
      code: 'TEMPLATE_INVALID',
    });
    const big = { text: '{{ params.x }}' };
    await expect(send(big, { params: { x: 'é'.repeat(600_000) } })).rejects.toMatchObject({
      message: expect.stringContaining('1048576'),
    });
    expect(server.mails).toHaveLength(1);
  });
});

describe('the way to a mail server', () => {
  let listener: Server | undefined;
  let sockets: Socket[];
  beforeEach(() => {
    sockets = [];
    server = { port: 1, mails: [], logins: [], stop: async () => undefined };
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => (listener ? listener.close(resolve) : resolve(null)));
    listener = undefined;
  });
  async function listen(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
    listener = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined).resume());
      onConnection(socket);
    });
    await new Promise<void>((resolve) => listener?.listen(0, host, resolve));
    return (listener.address() as AddressInfo).port;
  }

  it.each(['127.0.0.2', '169.254.169.254', '::1', 'rebound.example'])('does not lead to %s', async (host) => {
    type = createMail({
      allowCidrs: ['127.0.0.1/32'],
      resolve: (_name, _options, callback) => callback(null, [{ address: '127.0.0.3', family: 4 }]),
    });
    await expect(send({ host })).rejects.toMatchObject({
      code: 'ADDRESS_FORBIDDEN',
      message: expect.stringContaining('workerHttp.allowCidrs'),
    });
  });

  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  (own === undefined ? describe.skip : describe)('over a network', () => {
    it('carries no password unencrypted, whatever name leads there', async () => {
      const address = String(own);
      const port = await listen((socket) => socket.write('220 hello\r\n'), address);
      type = createMail({
        allowCidrs: ['0.0.0.0/0'],
        resolve: (_name, _options, callback) => callback(null, [{ address, family: 4 }]),
      });
      const sending = send({ host: 'localhost', port, security: 'none' }, { credential: CREDENTIAL });
      await expect(sending).rejects.toMatchObject({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringContaining('unencrypted'),
      });
    });
  });

  it('tells a refused connection, a server that says nothing, and one that hangs up', async () => {
    await expect(send({ port: 1 })).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
    const silent = await listen(() => undefined);
    await expect(send({ port: silent }, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'CONNECTION_TIMEOUT' });
    const rude = listener;
    const hangsUp = await listen((socket) => socket.end());
    await expect(send({ port: hangsUp })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await new Promise((resolve) => rude?.close(resolve));
  });

  it.each([
    ['before the greeting', ''],
    ['in the middle of the talk', '220 hello\r\n'],
  ])('is left at once when the run is cancelled %s', async (_, greeting) => {
    const port = await listen((socket) => socket.write(greeting));
    const cancel = new AbortController();
    const sending = send({ port }, { signal: cancel.signal });
    await waitFor(() => sockets.length === 1 && (greeting === '' || (sockets[0]?.bytesRead ?? 0) > 0));
    cancel.abort(deviceError('RUN_CANCELLED', 'enough'));
    await expect(sending).rejects.toMatchObject({ code: 'RUN_CANCELLED', message: 'enough' });
    await waitFor(() => sockets[0]?.readableEnded === true || sockets[0]?.destroyed === true);
  });

  it('is not taken when the run was cancelled before', async () => {
    const signal = AbortSignal.abort(deviceError('RUN_CANCELLED', 'enough'));
    await expect(send({}, { signal })).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
  });
});
