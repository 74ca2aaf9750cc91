import { CliError } from '../cli-error.ts';
import type { PasswordSource } from './read-password.ts';

/** All that is piped in. Rejects with a CliError when it is too large or no text in UTF-8. */
export async function readPipedText(input: PasswordSource, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length > bytesMax) throw new CliError(`The standard input has more than ${bytesMax / 1024 / 1024} MiB.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new CliError('The standard input is not text in UTF-8.');
  }
}
