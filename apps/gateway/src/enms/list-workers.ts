import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { runtimeText } from '../views/runtime-text.ts';

/** `GET /rest/workers`: live workers with their last sign of life. */
export function listWorkers({ workers }: GatewayDependencies): Handler {
  return async ({ response }) => {
    const live = await workers.live();
    const answer = live.map((worker) => ({
      name: worker.id,
      server: worker.host,
      process_id: worker.pid,
      cluster: worker.cluster,
      version: worker.version,
      slots: worker.slots,
      busy_slots: worker.busySlots,
      draining: worker.draining,
      started: runtimeText(worker.startedAtMs * 1_000),
      last_update: runtimeText(worker.seenAtMs * 1_000),
    }));
    sendJson(response, 200, answer);
  };
}
