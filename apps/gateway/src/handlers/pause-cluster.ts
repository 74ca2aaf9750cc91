import type { ClusterPauseAnswer } from '@runyard/contracts';
import type { ClusterPause } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { timeText } from '../views/runtime-text.ts';

/** `GET /v1/clusters/{name}/pause`: whether it is paused, by whom and why. */
export function getClusterPause({ pauseCluster }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const cluster = params['name'] ?? '';
    sendJson(response, 200, pauseAnswer(cluster, await pauseCluster.get(cluster)));
  };
}

/** `POST /v1/clusters/{name}/pause`: its workers take nothing new; devices in work finish. */
export function pauseClusterNow({ pauseCluster }: GatewayDependencies): Handler {
  return async (call) => {
    const cluster = call.params['name'] ?? '';
    const { reason } = (call.body ?? {}) as { reason?: string };
    const pause = await pauseCluster.pause(cluster, { principal: callerOf(call), door: 'native' }, reason);
    sendJson(call.response, 200, pauseAnswer(cluster, pause));
  };
}

/** `POST /v1/clusters/{name}/resume`: its workers go on. */
export function resumeCluster({ pauseCluster }: GatewayDependencies): Handler {
  return async (call) => {
    const cluster = call.params['name'] ?? '';
    await pauseCluster.resume(cluster, { principal: callerOf(call), door: 'native' });
    sendJson(call.response, 200, pauseAnswer(cluster, null));
  };
}

function pauseAnswer(cluster: string, pause: ClusterPause | null): ClusterPauseAnswer {
  if (!pause) return { cluster, paused: false };
  const { by, atMs, reason } = pause;
  return { cluster, paused: true, by, at: timeText(atMs), ...(reason === undefined ? {} : { reason }) };
}
