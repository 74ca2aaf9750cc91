import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readPassword } from './read-password.ts';

const nobody = { err: () => undefined };
const piped = (...chunks: (string | Buffer)[]) =>
  readPassword({ input: Readable.from(chunks, { objectMode: true }), prompt: 'Password:', terminal: nobody });

/** A terminal at which these texts are typed, each when it is asked for. */
function typed(...texts: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const asked: string[] = [];
  const terminal = {
    err: (line: string) => {
      asked.push(line);
      input.write(texts.shift() ?? '\u0004');
    },
  };
  return { asked, password: readPassword({ input, prompt: 'Password:', terminal }) };
}

describe('a password that is piped in', () => {
  it('is the first line, however its bytes come', async () => {
    const [first, second] = [Buffer.from('grüß').subarray(0, 3), Buffer.from('grüß').subarray(3)];
    expect(await piped(first, second, ' gott\r\nmore\n')).toBe('grüß gott');
    expect(await piped('no end of line')).toBe('no end of line');
  });

  it('must be there', async () => {
    await expect(piped()).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('empty') });
    await expect(piped('\nsecond line')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is not read without end', async () => {
    await expect(piped('x'.repeat(10_001))).rejects.toMatchObject({ message: expect.stringContaining('10000 bytes') });
  });
});

describe('a password that is typed', () => {
  it('is asked for twice', async () => {
    const { asked, password } = typed('a b\r', 'a b\r');
    expect(await password).toBe('a b');
    expect(asked).toEqual(['Password:', 'The same again:']);
  });

  it('is taken also when both lines are pasted at once', async () => {
    expect(await typed('secret\rsecret\r', '').password).toBe('secret');
  });

  it('must be the same both times', async () => {
    await expect(typed('one\r', 'two\r').password).rejects.toMatchObject({ exitCode: 2 });
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is given up with %s', async (_name, key) => {
    await expect(typed(key).password).rejects.toMatchObject({ exitCode: 130 });
  });
});
