import { AppError, isAppError } from '@runyard/domain';

/** What a broken, loading or full Redis says; normal during a fail-over, so never a fault of ours. */
const UNAVAILABLE =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|Connection is closed|Stream isn't writeable|MaxRetriesPerRequest|max retries per request|LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|NOSCRIPT|OOM command not allowed|TRYAGAIN|NOREPLICAS|Command aborted|All sentinels are unreachable|Failed to refresh slots|slots cache|Too many Cluster redirections|None of startup nodes|Cluster isn't ready|Cluster is ended|ReplyError (?:MOVED|ASK) |same slots allocation group/i;

/** Turns what ioredis throws while Redis is away into STORE_UNAVAILABLE; leaves everything else as it is. */
export function storeError(error: unknown): unknown {
  if (isAppError(error) || !(error instanceof Error)) return error;
  if (!UNAVAILABLE.test(`${error.name} ${error.message}`)) return error;
  return new AppError('STORE_UNAVAILABLE', 'Redis does not answer. Try again in a few seconds.', {
    retryAfter: 2,
    cause: error,
  });
}
