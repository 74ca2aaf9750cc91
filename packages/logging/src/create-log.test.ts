import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type LogOptions, createLog } from './create-log.ts';
import { withLogContext } from './log-context.ts';
import { SecretValues } from './secret-values.ts';

const nowMs = Date.UTC(2026, 10, 21, 11, 0, 1);

function setup(options: Partial<LogOptions> = {}) {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const secrets = new SecretValues();
  const log = createLog({
    service: 'worker',
    level: 'info',
    format: 'json',
    destination,
    clock: { nowMs: () => nowMs },
    secrets,
    ...options,
  });
  return {
    log,
    secrets,
    destination,
    text: () => text,
    lines: () => text.split('\n').slice(0, -1),
    last: (): Record<string, unknown> => JSON.parse(text.split('\n').at(-2) ?? 'null'),
  };
}

describe('createLog', () => {
  it('writes one JSON object per line, with time, level, service, message and fields', () => {
    const { log, text } = setup();
    log.info('device started', { device: 'r1', attempt: 2 });
    log.warn('line\nbreak');
    expect(text()).toBe(
      '{"time":"2026-11-21T11:00:01.000Z","level":"info","service":"worker","message":"device started","device":"r1","attempt":2}\n' +
        '{"time":"2026-11-21T11:00:01.000Z","level":"warn","service":"worker","message":"line\\nbreak"}\n',
    );
  });

  it.each([
    ['error', ['error']],
    ['warn', ['warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
  ] as const)('writes at level %s what is at least as important', (level, written) => {
    const { log, lines } = setup({ level });
    log.debug('m');
    log.info('m');
    log.warn('m');
    log.error('m');
    expect(lines().map((line) => JSON.parse(line).level)).toEqual(written);
  });

  it('does not look at the fields when the level is off', () => {
    const { log, text } = setup();
    const fields = {
      get call(): number {
        throw new Error('looked at');
      },
    };
    expect(() => log.debug('device started', fields)).not.toThrow();
    expect(text()).toBe('');
  });

  it('adds the fields of the context, through awaits, inner ones winning', async () => {
    const { log, last } = setup();
    const answer = await withLogContext({ runId: 'a', attempt: 1 }, async () => {
      await Promise.resolve();
      withLogContext({ attempt: 2, device: 'r1' }, () => log.info('inner', { device: 'r2' }));
      expect(last()).toMatchObject({ runId: 'a', attempt: 2, device: 'r2' });
      log.info('outer');
      expect(last()).toMatchObject({ runId: 'a', attempt: 1 });
      return 5;
    });
    expect(answer).toBe(5);
    log.info('outside');
    expect(last()).not.toHaveProperty('runId');
  });

  it('keeps two contexts at the same time apart', async () => {
    const { log, lines } = setup();
    const work = (runId: string) =>
      withLogContext({ runId }, async () => {
        await Promise.resolve();
        log.info(runId);
      });
    await Promise.all([work('a'), work('b')]);
    expect(
      lines()
        .map((line) => JSON.parse(line))
        .every(({ runId, message }) => runId === message),
    ).toBe(true);
  });

  it('does not let fields replace what the log says itself', () => {
    const { log, last } = setup();
    log.info('static', { message: 'm', level: 'error', time: 0, service: 'show-version' });
    expect(last()).toMatchObject({
      message: 'static',
      level: 'info',
      service: 'worker',
      message_: 'm',
      level_: 'error',
      time_: 0,
      service_: 'show-version',
    });
  });

  it('masks known secrets anywhere in the line: message, field, key, stack, number', () => {
    const { log, secrets, text, last } = setup();
    secrets.remember('hunter"2\n2');
    secrets.remember('90210777');
    const error = new Error('login with hunter"2\n2 failed', { cause: new Error('hunter"2\n2') });
    log.error('said hunter"2\n2', { error, deep: [{ 'k hunter"2\n2': 1 }], number: 90210777 });
    expect(text()).not.toMatch(/hunter|90210777/);
    expect(last()).toMatchObject({ message: 'said ***', deep: [{ 'k ***': 1 }], number: '***', level: 'error' });
  });

  it('masks by name and leaves the object of the caller as it is', () => {
    const { log, last } = setup();
    const fields = { request: { headers: { authorization: 'Basic x', Cookie: 'sid=1' } }, password: 'x', none: null };
    const before = structuredClone(fields);
    log.info('m', fields);
    expect(last()).toMatchObject({ request: { headers: { authorization: '***', Cookie: '***' } }, password: '***' });
    expect(fields).toEqual(before);
  });

  it('prints errors with name, message, code, stack and cause, and nothing else of them', () => {
    const { log, last } = setup();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new TypeError('no answer', { cause }), { config: { auth: 'x' }, response: {} });
    log.error('device failed', { error });
    expect(last()['error']).toEqual({
      name: 'TypeError',
      message: 'no answer',
      stack: expect.stringContaining('create-log.test.ts'),
      cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED', stack: expect.any(String) },
    });
  });

  it('survives a destination that breaks, and a log after it', () => {
    const { log, destination } = setup();
    destination.emit('error', new Error('EPIPE'));
    expect(() => log.info('m')).not.toThrow();
  });

  it('closes once every line is handed over, twice without harm, and drops later lines', async () => {
    const written: string[] = [];
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        setImmediate(() => {
          written.push(chunk.toString());
          done();
        });
      },
    });
    const { log } = setup({ destination: slow });
    for (let line = 0; line < 100; line += 1) log.info('m', { line });
    await Promise.all([log.close(), log.close()]);
    expect(written.join('').split('\n')).toHaveLength(101);
    log.info('late');
    await log.close();
    expect(written.join('')).not.toContain('late');
    expect(slow.writableEnded).toBe(false);
  });

  it('closes when the destination is gone', async () => {
    const [destroyed, ended] = [setup(), setup()];
    destroyed.destination.destroy();
    await expect(destroyed.log.close()).resolves.toBeUndefined();
    ended.destination.end();
    await expect(ended.log.close()).resolves.toBeUndefined();
  });

  it('writes text for people', () => {
    const { log, lines } = setup({ format: 'text', service: 'gateway' });
    const at = new Date(nowMs).toTimeString().slice(0, 8);
    log.info('run accepted', { run: 'abc', text: 'two words', count: 3, list: [1], password: 'x' });
    expect(lines()[0]).toBe(`${at} info  gateway  run accepted run=abc text="two words" count=3 list=[1] password=***`);
  });

  it('writes the stack of an error and of its cause below the line', () => {
    const { log, lines } = setup({ format: 'text' });
    log.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(lines()[0]).toMatch(/ error worker {2}failed error="Error: outer"$/);
    expect(lines()[1]).toBe('    Error: outer');
    expect(lines()).toContain('    caused by');
    expect(lines()).toContain('    Error: inner');
  });

  it('lets no value fake a line or steer the terminal in text', () => {
    const { log, secrets, text } = setup({ format: 'text' });
    secrets.remember('hunter22');
    log.info('m\n12:00:01 info', { device: 'r1\u001b[2J\u009b\r\n', name: 'hunter22' });
    // oxlint-disable-next-line no-control-regex
    expect(text().trimEnd()).not.toMatch(/[\u0000-\u001f\u0080-\u009f]/);
    expect(text()).not.toContain('hunter22');
  });
});
