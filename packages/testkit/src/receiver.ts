import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedMessage {
  readonly path: string;
  readonly signature: string;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what was sent
  readonly json: any;
}

export interface Receiver {
  readonly url: string;
  /** In the order in which they came, answered or not. */
  readonly messages: readonly ReceivedMessage[];
  /** The status of an answer; null for none. 204 at first. */
  answer: (message: ReceivedMessage) => number | null;
  at(path: string): readonly ReceivedMessage[];
  stop(): Promise<void>;
}

/** A server on this machine that is told about runs. */
export async function startReceiver(): Promise<Receiver> {
  const messages: ReceivedMessage[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const signature = String(request.headers['x-runyard-signature']);
      const message = { path: request.url ?? '', signature, text, json: JSON.parse(text) };
      messages.push(message);
      const status = receiver.answer(message);
      if (status !== null) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    answer: () => 204,
    at: (path) => messages.filter((message) => message.path === path),
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}

/** Whether the message was signed with the secret, checked as docs/runs.md tells receivers to. */
export function isSignedWith(secret: string, { signature, text }: ReceivedMessage): boolean {
  const [, seconds = '', given] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signature) ?? [];
  return given === createHmac('sha256', secret).update(`${seconds}.${text}`).digest('hex');
}
