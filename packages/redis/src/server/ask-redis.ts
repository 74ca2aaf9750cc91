import { connect } from 'node:net';
import { AppError } from '@runyard/domain';

const ANSWER_BYTES_MAX = 1 << 20;

/**
 * Sends one command to a Redis on this machine over a connection of its own and resolves with its answer as text
 * (a status, a number or a string; the empty string for nil). For the life of a server, not for data.
 * Rejects with STORE_UNAVAILABLE when there is no answer in time or it is an error.
 */
export async function askRedis(port: number, command: readonly string[], timeoutMs = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const timer = setTimeout(() => fail(`No answer in ${timeoutMs} ms`), timeoutMs);
    let received = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (reason: string): void => {
      end();
      reject(new AppError('STORE_UNAVAILABLE', `Redis on port ${port}: ${reason}`));
    };
    socket.setEncoding('utf8');
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('The connection was closed'));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const answer = readAnswer(received);
      if (answer?.error !== undefined) fail(answer.error);
      else if (answer) {
        end();
        resolve(answer.text);
      } else if (received.length > ANSWER_BYTES_MAX) fail('The answer is too long');
    });
    socket.write(encode(command));
  });
}

function encode(command: readonly string[]): string {
  const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${command.length}\r\n${words.join('')}`;
}

/** Undefined while the answer is not complete. */
function readAnswer(received: string): { text: string; error?: string } | undefined {
  const end = received.indexOf('\r\n');
  if (end < 0) return undefined;
  const head = received.slice(1, end);
  if (received.startsWith('-')) return { text: '', error: head };
  if (!received.startsWith('$')) return { text: head };
  const size = Number(head);
  if (size < 0) return { text: '' };
  const body = Buffer.from(received.slice(end + 2));
  return body.length < size + 2 ? undefined : { text: body.toString('utf8', 0, size) };
}
