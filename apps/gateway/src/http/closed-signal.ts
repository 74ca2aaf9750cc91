import type { ServerResponse } from 'node:http';

/** Aborted when the caller is gone or the gateway stops: nobody needs the answer any more. */
export function closedSignal(response: ServerResponse, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}
