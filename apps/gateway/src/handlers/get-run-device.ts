import { AppError } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { deviceOutputAnswer } from '../views/device-answer.ts';
import { findRun } from './find-run.ts';

/** What stands in the address for the one row of a run that runs once: it has no name. */
const ONCE = '-';

/** `GET /v1/runs/{id}/devices/{name}`: a device of a run with all that it gave. */
export function getRunDevice({ runs }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const { spec } = await findRun(runs, params);
    const name = params['name'] ?? '';
    const row = await runs.device(spec.id, spec.runMethod === 'once' && name === ONCE ? '' : name);
    if (!row) throw new AppError('DEVICE_NOT_IN_RUN', `The run has no device with the name '${name.slice(0, 200)}'.`);
    sendJson(response, 200, deviceOutputAnswer(row));
  };
}
