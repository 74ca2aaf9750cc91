import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** An answer of server-sent events that waits for slow readers instead of piling up what they did not read. */
export interface EventStream {
  /** Sends one event. Resolves when there is room for more, or the reader is gone. */
  send(event: string, id: string, data: unknown): Promise<void>;
  /** Sends a comment, which readers ignore: it keeps the connection through proxies. */
  heartbeat(): Promise<void>;
  end(): void;
}

/** Begins the stream: headers go out at once. */
export function openEventStream(response: ServerResponse, signal: AbortSignal): EventStream {
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-cache, no-transform');
  // Proxies of the nginx family hold streams back unless told not to.
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  const write = async (text: string): Promise<void> => {
    if (signal.aborted || response.write(text)) return;
    await once(response, 'drain', { signal }).catch(() => undefined);
  };
  return {
    send: (event, id, data) => write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    heartbeat: () => write(': heartbeat\n\n'),
    end: () => response.end(),
  };
}
