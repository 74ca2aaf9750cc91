import { AppError, type CallLimiter, type Endpoint, type RequestRate, type Service } from '@runyard/domain';
import { networkOf } from '@runyard/identity';
import type { FoundEndpoint } from './find-endpoint.ts';

/** Throws SERVICE_IN_MAINTENANCE. */
export function checkMaintenance({ name, maintenance }: Service): void {
  if (!maintenance) return;
  const { message, retryAfterMs } = maintenance;
  throw new AppError('SERVICE_IN_MAINTENANCE', message ?? `The service '${name}' is in maintenance; try again later.`, {
    retryAfter: retryAfterMs / 1_000,
  });
}

/**
 * Counts the call where its endpoint or service has a rate limit: the endpoint first, so that calls which it refuses use
 * up nothing of the whole service. Rejects with RATE_LIMITED, or STORE_UNAVAILABLE while nobody can count.
 */
export async function countCall(
  limiter: CallLimiter,
  { service, endpoint }: Pick<FoundEndpoint, 'service' | 'endpoint'>,
  address: string,
): Promise<void> {
  if (!endpoint.rateLimit && !service.rateLimit) return;
  const counter = { service: service.name, client: networkOf(address) };
  if (endpoint.rateLimit) {
    const waitMs = await limiter.take({ ...counter, endpoint: endpoint.name }, endpoint.rateLimit);
    if (waitMs > 0) throw limited(endpointText(endpoint), endpoint.rateLimit, waitMs);
  }
  if (service.rateLimit) {
    const waitMs = await limiter.take(counter, service.rateLimit);
    if (waitMs > 0) throw limited(`service '${service.name}'`, service.rateLimit, waitMs);
  }
}

function endpointText({ name }: Endpoint): string {
  return `endpoint '${name}'`;
}

function limited(what: string, { requests, perMs }: RequestRate, waitMs: number): AppError {
  const detail = `The ${what} takes ${requests} calls in ${perMs / 1_000} s from one address; try again later.`;
  return new AppError('RATE_LIMITED', detail, { retryAfter: waitMs / 1_000 });
}
