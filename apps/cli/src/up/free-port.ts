import { createServer } from 'node:net';
import { CliError } from '../cli-error.ts';

const TRIES_MAX = 100;

/** The wanted port, or the next one above it on which nobody listens. Another process may still take it first. */
export async function freePort(
  wanted: number,
  host: string,
  isFree: (port: number, host: string) => Promise<boolean> = isPortFree,
): Promise<number> {
  const last = Math.min(65_535, wanted + TRIES_MAX);
  for (let port = wanted; port <= last; port += 1) {
    if (await isFree(port, host)) return port;
  }
  throw new CliError(`No free port from ${wanted} to ${last} on ${host}.`, undefined, ['Choose one with --port.']);
}

/** Listens for a moment to find out. Rejects when the host is not an address of this machine. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      // EACCES: a port below 1024 that only root may open is not free for us either.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
