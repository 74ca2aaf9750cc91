import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartStop } from '@runyard/domain';

export interface Health extends StartStop {
  /** The port it listens on, once started. */
  port(): number | null;
}

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  /** Null when the worker may be given work, else why not. */
  readonly notReady: () => Promise<string | null>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** `/healthz`, `/readyz` and `/metrics` of a worker, without a login and without anything secret. */
export function createHealth({ host, port, notReady, metrics }: HealthOptions): Health {
  let server: Server | null = null;
  return {
    port: () => (server?.address() as AddressInfo | null)?.port ?? null,
    async start() {
      server = createServer((request, response) => {
        const answer = (status: number, text: string, type = 'text/plain') => {
          response.writeHead(status, { 'content-type': type }).end(text);
        };
        const path = request.url?.split('?')[0];
        if (path === '/healthz') answer(200, 'ok\n');
        else if (path === '/readyz') {
          notReady()
            .catch(() => 'Redis does not answer')
            .then((why) => answer(why === null ? 200 : 503, why === null ? 'ready\n' : `not ready: ${why}\n`))
            .catch(() => answer(500, 'failed\n'));
        } else if (path === '/metrics') {
          metrics()
            .then(({ contentType, text }) => answer(200, text, contentType))
            .catch(() => answer(500, 'failed\n'));
        } else answer(404, 'not found\n');
      });
      await new Promise<void>((resolve, reject) => {
        server?.once('error', reject).listen(port, host, resolve);
      });
    },
    async stop() {
      const closing = server;
      server = null;
      if (!closing) return;
      closing.closeAllConnections();
      await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
}
