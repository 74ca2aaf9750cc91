import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';

/** Where a password comes from: a person at a terminal, or whatever is piped in. */
export type PasswordSource = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export interface PasswordQuestion {
  readonly input: PasswordSource;
  readonly prompt: string;
  readonly terminal: Pick<Terminal, 'err'>;
}

const PIPED_BYTES_MAX = 10_000;
const END_OF_LINE = 10;

/**
 * A password: at a terminal typed twice and not shown, else the first line that is piped in. Rejects with a CliError
 * when there is none, when the two differ, and when a line does not end.
 */
export async function readPassword(question: PasswordQuestion): Promise<string> {
  const password = question.input.isTTY ? await typedTwice(question) : await firstPipedLine(question.input);
  if (password === '') throw new CliError('The password is empty. Type one, or pipe it in as the first line.');
  return password;
}

async function typedTwice({ input, prompt, terminal }: PasswordQuestion): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // `terminal` keeps the system from echoing, `nowhere` readline itself.
  const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  const lines = reader[Symbol.asyncIterator]();
  const ask = async (text: string): Promise<string> => {
    terminal.err(text);
    const { done, value } = await lines.next();
    // Ctrl-C and Ctrl-D.
    if (done) throw new CliError('No password was given. Nothing was done.', EXIT.interrupted);
    return value;
  };
  try {
    const password = await ask(prompt);
    if ((await ask('The same again:')) === password) return password;
    throw new CliError('The two passwords differ. Nothing was done.');
  } finally {
    reader.close();
  }
}

async function firstPipedLine(input: PasswordSource): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    const end = bytes.indexOf(END_OF_LINE);
    chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
    if (end >= 0) break;
    length += bytes.length;
    if (length > PIPED_BYTES_MAX)
      throw new CliError(`The password that was piped in has more than ${PIPED_BYTES_MAX} bytes.`);
  }
  return Buffer.concat(chunks).toString('utf8').replace(/\r$/, '');
}
