import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { idempotencyHeader } from '../http/idempotency-key.ts';
import { timeZoneHeader } from '../http/time-zone.ts';
import type { Route } from '../route.ts';
import { callEndpoint } from '../service-endpoints/call-endpoint.ts';

/** The endpoints of services. Which ones there are, and what each takes, stands in the catalog. */
export function endpointRoutes(deps: GatewayDependencies): readonly Route[] {
  const handler = callEndpoint(deps);
  const route = {
    path: '/api/services/{slug}/{endpoint}',
    summary: 'Run a service by one of its endpoints, with the query parameters that the endpoint declares.',
    tag: 'endpoints',
    access: 'service',
    anyQuery: true,
    headers: { ...idempotencyHeader, ...timeZoneHeader },
    responses: {
      200: { description: 'The run succeeded.', schema: 'EndpointAnswer' },
      202: { description: 'Accepted; the run has not ended, or the endpoint does not wait.', schema: 'Accepted' },
      503: { description: 'The service is in maintenance; `Retry-After` says for how long.', schema: 'Problem' },
    },
    handler,
  } as const satisfies Partial<Route>;
  const body = { schema: { type: 'object', description: 'The payload of the run.' }, optional: true } as const;
  return [
    { ...route, method: 'get', operationId: 'callEndpoint' },
    { ...route, method: 'post', operationId: 'postToEndpoint', body },
    { ...route, method: 'put', operationId: 'putToEndpoint', body },
  ];
}
