import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { getHealth } from '../handlers/get-health.ts';
import { getMetrics } from '../handlers/get-metrics.ts';
import { getReadiness } from '../handlers/get-readiness.ts';
import type { Route } from '../route.ts';

const state = {
  type: 'object',
  description: 'How it is.',
  properties: { status: { enum: ['ok', 'stopping', 'unavailable'], description: 'How it is.' } },
  required: ['status'],
} as const;

/** For load balancers, supervisors and Prometheus: without a login. */
export function healthRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'health', access: 'public', method: 'get' } as const;
  return [
    {
      ...route,
      path: '/healthz',
      operationId: 'getHealth',
      summary: 'The process answers.',
      responses: { 200: { description: 'It does.', schema: state } },
      handler: getHealth(),
    },
    {
      ...route,
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'The gateway can do its work: Redis answers, and it is not stopping.',
      responses: {
        200: { description: 'It can.', schema: state },
        503: { description: 'It cannot.', schema: state },
      },
      handler: getReadiness(deps),
    },
    {
      ...route,
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Metrics in the text format of Prometheus.',
      responses: { 200: { description: 'Metrics.', mediaType: 'text/plain' } },
      handler: getMetrics(deps),
    },
  ];
}
