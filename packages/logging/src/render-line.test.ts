import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { renderLine } from './render-line.ts';
import { SecretValues } from './secret-values.ts';

const frame = { time: '2026-11-21T11:00:01.000Z', level: 'info', service: 'worker', message: 'm' };

function render(fields: Record<string, unknown>, secrets = new SecretValues()): Record<string, unknown> {
  return JSON.parse(renderLine({ ...frame, ...fields }, 'json', secrets));
}

describe('renderLine', () => {
  it('ends references in circles and objects that are too deep', () => {
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = { inner: loop };
    const shared = { a: 1 };
    let deep: unknown = 'bottom';
    for (let level = 0; level < 50; level += 1) deep = { deep };
    const shown = render({ loop, first: shared, second: shared, deep });
    expect(shown).toMatchObject({ loop: { self: { inner: '[circular]' } }, first: { a: 1 }, second: { a: 1 } });
    expect(JSON.stringify(shown['deep'])).toContain('[deep]');
  });

  it('ends a chain of causes that leads back', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(JSON.stringify(render({ error }))).toContain('[more causes]');
  });

  it('knows an error of another realm', () => {
    const error: unknown = runInNewContext('Object.assign(new Error("far away"), { token: 1, more: 2 })');
    expect(render({ error })['error']).toEqual({ name: 'Error', message: 'far away', stack: expect.any(String) });
  });

  it('names the inner errors of an error that has no text of its own', () => {
    const error = new AggregateError([new Error('refused on ::1'), new Error('refused on 127.0.0.1')]);
    expect(render({ error })).toMatchObject({
      error: { name: 'AggregateError', errors: [{ message: 'refused on ::1' }, { message: 'refused on 127.0.0.1' }] },
    });
  });

  it('bounds texts, lists and the whole line', () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]));
    const shown = render({ text: 'x'.repeat(1_000_000), list: Array(500).fill(0), wide });
    expect(String(shown['text'])).toMatch(/^x{8192}… \[1000000 characters\]$/);
    expect(shown['list']).toHaveLength(101);
    expect((shown['list'] as unknown[])[100]).toBe('[400 more]');
    expect(Object.keys(shown['wide'] as object).length).toBeLessThan(1_000);
  });

  it('does not leave half a secret where it cuts a text', () => {
    const secrets = new SecretValues();
    secrets.remember('hunter22hunter22');
    const shown = render({ text: `${'x'.repeat(8_184)}hunter22hunter22${'y'.repeat(100)}` }, secrets);
    expect(JSON.stringify(shown)).not.toContain('hunter');
  });

  it('shows bytes by their number and values without JSON in words', () => {
    expect(
      render({
        buffer: Buffer.from('abc'),
        bytes: new Uint8Array(5),
        big: 5n,
        map: new Map([['password', 'x']]),
        set: new Set([1]),
      }),
    ).toMatchObject({ buffer: '[3 bytes]', bytes: '[5 bytes]', big: '5', map: { password: '***' }, set: [1] });
  });

  it('writes the line when a getter of the caller throws', () => {
    const hostile = {
      get value(): string {
        throw new Error('no');
      },
    };
    expect(render({ hostile, device: 'r1' })).toEqual({ ...frame, fieldsLost: 'no' });
  });

  it.each([
    ['a header in a text', 'sent Authorization: Basic dTpw to r1', 'sent Authorization: Basic *** to r1'],
    ['a header in JSON text', '{"authorization":"Bearer abc.def"}', '{"authorization":"Bearer ***"}'],
    ['a bearer token', 'used Bearer abcdefghij0123456789', 'used Bearer ***'],
    ['an API key after a line end', `key\nry_${'a'.repeat(40)}.`, 'key\n***.'],
    [
      'the password of an address',
      'redis://me:pw@host/0 and https://host:80/a@b',
      'redis://me:***@host/0 and https://host:80/a@b',
    ],
    ['a private key', 'a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b', 'a *** b'],
    ['the rest of a private key that was cut', 'a -----BEGIN PRIVATE KEY-----\nMIIE', 'a ***'],
  ])('masks %s', (_, text, masked) => {
    expect(render({ text })).toEqual({ ...frame, text: masked });
  });

  it('leaves ordinary words alone', () => {
    const text = 'basic authentication of bearer at https://host:8080/path, private key missing';
    expect(render({ text })).toEqual({ ...frame, text });
  });

  it('stays valid JSON when a secret looks like a part of JSON', () => {
    const secrets = new SecretValues();
    secrets.remember('","level":"');
    secrets.remember('nabcde');
    expect(render({ text: '\nabcde', other: 'a","level":"b' }, secrets)).toEqual({
      ...frame,
      text: '\nabcde',
      other: 'a***b',
    });
  });
});
