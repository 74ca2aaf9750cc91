// One HTTP client for ours and for the floors: keep-alive connections that each send the next request when the last
// was answered. It writes and reads sockets itself, because on few processors a client library would be measured too.
import { connect, type Socket } from 'node:net';
import { answer } from '../harness/child-answers.ts';
import { percentile } from '../harness/statistics.ts';

export interface HttpLoad {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  /** Stops after this many answers even if there is time left. */
  readonly countMax?: number;
  readonly expectedStatus: number;
}

export interface HttpLoadAnswer {
  readonly perSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

answer({
  async load(load: HttpLoad): Promise<HttpLoadAnswer> {
    const request = Buffer.from(requestText(load));
    const times: number[] = [];
    const startMs = performance.now();
    const endMs = startMs + load.seconds * 1_000;
    const isOver = (): boolean => performance.now() >= endMs || times.length >= (load.countMax ?? Infinity);
    await Promise.all(Array.from({ length: load.connections }, () => lane(load, request, times, isOver)));
    const seconds = (performance.now() - startMs) / 1_000;
    return {
      perSecond: times.length / seconds,
      count: times.length,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      longestMs: percentile(times, 1),
    };
  },
});

function requestText({ method, path, port, headers, body }: HttpLoad): string {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: 'keep-alive',
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** One connection: request, answer, request … until it is over. Rejects at the first answer that was not expected. */
function lane(
  { port, expectedStatus }: HttpLoad,
  request: Buffer,
  times: number[],
  isOver: () => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let sentMs = 0;
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, send);
    function send(): void {
      sentMs = performance.now();
      socket.write(request);
    }
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const status = readAnswer(received);
      if (status === null) return;
      if (status !== expectedStatus) {
        socket.destroy(
          new Error(`answered ${status} instead of ${expectedStatus}: ${received.toString('latin1', 0, 600)}`),
        );
        return;
      }
      received = Buffer.alloc(0);
      times.push(performance.now() - sentMs);
      if (isOver()) socket.end();
      else send();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

/** The status of a complete answer, null while there is more to come. */
function readAnswer(bytes: Buffer): number | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && status !== 204 && status !== 304) throw new Error(`no content-length in ${head}`);
  return bytes.length >= headEnd + HEAD_END.length + Number(length ?? 0) ? status : null;
}
