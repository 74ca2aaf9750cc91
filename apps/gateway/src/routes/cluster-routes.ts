import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { getClusterPause, pauseClusterNow, resumeCluster } from '../handlers/pause-cluster.ts';
import { pauseSchema } from '../handlers/pause-run.ts';
import type { Route } from '../route.ts';

/** Whether the workers of a cluster take work. */
export function clusterRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'clusters', access: 'queue:admin' } as const;
  return [
    {
      ...route,
      method: 'get',
      path: '/v1/clusters/{name}/pause',
      operationId: 'getClusterPause',
      summary: 'Whether a cluster is paused, by whom and why.',
      access: 'run:read',
      responses: { 200: { description: 'Paused or not.', schema: 'ClusterPause' } },
      handler: getClusterPause(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/v1/clusters/{name}/pause',
      operationId: 'pauseCluster',
      summary: 'Let the workers of a cluster take nothing new; devices in work finish.',
      body: { schema: pauseSchema, optional: true },
      responses: { 200: { description: 'The cluster, paused.', schema: 'ClusterPause' } },
      handler: pauseClusterNow(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/v1/clusters/{name}/resume',
      operationId: 'resumeCluster',
      summary: 'Let the workers of a cluster go on.',
      responses: { 200: { description: 'The cluster, going on.', schema: 'ClusterPause' } },
      handler: resumeCluster(deps),
    },
  ];
}
