import type { EnmsRunServiceRequest } from '@runyard/contracts';
import { isJsonObject, type JsonObject, type TargetRule } from '@runyard/domain';
import type { RunRequest } from '@runyard/engine';

const KNOWN = new Set(['name', 'devices', 'pools', 'ip_addresses', 'payload', 'async', 'ignore_invalid_targets']);

/** What `run_service` was asked, as the engine wants it. The body was checked against its schema. */
export function toRunRequest(body: EnmsRunServiceRequest, targetRule: TargetRule): RunRequest {
  const extra = extraKeys(body as JsonObject);
  const own = (body.payload ?? {}) as JsonObject;
  return {
    service: body.name,
    targets: { devices: body.devices ?? [], pools: body.pools ?? [], ipAddresses: body.ip_addresses ?? [] },
    targetRule,
    ignoreInvalidTargets: body.ignore_invalid_targets ?? false,
    params: { ...extra, ...own },
    payload: { ...extra, ...own, ...restData(extra, own) },
  };
}

function extraKeys(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !KNOWN.has(key)));
}

/** Extra keys are also at `payload.rest_data`. A `rest_data` of the caller's own payload stays visible. */
function restData(extra: JsonObject, own: JsonObject): JsonObject {
  if (Object.keys(extra).length === 0) return {};
  const given = own['rest_data'];
  if (given === undefined) return { rest_data: extra };
  return isJsonObject(given) ? { rest_data: { ...given, ...extra } } : {};
}
