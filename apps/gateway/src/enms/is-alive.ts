import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { answersInTime } from '../handlers/answers-in-time.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';

/** `GET /rest/is_alive`: answers also when Redis is away, and then says so. */
export function isAlive({ settings, ping, workers }: GatewayDependencies): Handler {
  return async ({ response }) => {
    const redis = await answersInTime(ping);
    const live = redis ? await workers.live().catch(() => []) : [];
    sendJson(response, 200, { name: settings.name, cluster_id: true, workers: live.length, redis });
  };
}
