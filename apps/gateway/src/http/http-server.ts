import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartStop } from '@runyard/domain';
import type { Express } from 'express';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long answers that are under way may take when the server stops. */
  readonly stopTimeoutMs: number;
}

export interface HttpServer extends StartStop {
  /** The address that it really listens on; after `start`. */
  readonly url: string;
}

const HEADERS_TIMEOUT_MS = 20_000;
/** Time to receive a request, headers and body. It ends when the body is there, so it cuts no synchronous run. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than the usual minute of a load balancer, so that the balancer closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADER_BYTES_MAX = 16_384;
const IDLE_SWEEP_MS = 50;

/** Serves the app. Stopping accepts nothing new, lets answers under way finish, and then cuts what is left. */
export function createHttpServer(app: Express, { host, port, stopTimeoutMs }: HttpServerOptions): HttpServer {
  const server = http.createServer(
    {
      ...expressMessages(app),
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      connectionsCheckingInterval: 5_000,
    },
    app,
  );
  let stopped: Promise<void> | null = null;
  return {
    get url() {
      const { address, family, port: actual } = server.address() as AddressInfo;
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
    },
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    stop: () => (stopped ??= close(server, stopTimeoutMs)),
  };
}

function close(server: http.Server, stopTimeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that was busy when closing began is idle after its answer, and would stay for its keep-alive.
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    const cut = setTimeout(() => server.closeAllConnections(), stopTimeoutMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
  });
}

/**
 * Messages that are born with the prototypes of the app. Express sets these for each request; when they are there
 * already that costs nothing, else it makes every later access slow.
 */
function expressMessages(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  function ExpressRequest(this: http.IncomingMessage, ...args: unknown[]): void {
    Reflect.apply(http.IncomingMessage, this, args);
  }
  function ExpressResponse(this: http.ServerResponse, ...args: unknown[]): void {
    Reflect.apply(http.ServerResponse, this, args);
  }
  ExpressRequest.prototype = app.request;
  ExpressResponse.prototype = app.response;
  return {
    IncomingMessage: ExpressRequest as unknown as typeof http.IncomingMessage,
    ServerResponse: ExpressResponse as unknown as typeof http.ServerResponse,
  };
}
