import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { listWorkers } from '../handlers/list-workers.ts';
import { pageQuery } from '../handlers/page-query.ts';
import type { Route } from '../route.ts';

/** The worker fleet. */
export function workerRoutes(deps: GatewayDependencies): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/v1/workers',
      operationId: 'listWorkers',
      summary: 'Workers that are alive.',
      tag: 'workers',
      access: 'run:read',
      query: {
        cluster: {
          schema: { type: 'string', minLength: 1, maxLength: 63 },
          description: 'Only workers of this cluster.',
        },
        ...pageQuery,
      },
      responses: { 200: { description: 'A page of workers.', schema: 'WorkerPage' } },
      handler: listWorkers(deps),
    },
  ];
}
