import type { CatalogView, JsonObject, JsonValue } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { instanceAnswer } from './instance-answer.ts';
import { type InstanceType, instanceTypeOf } from './instance-type.ts';

/** Objects in one answer. */
export const OBJECTS_MAX = 10_000;

/** `GET /rest/query/<type>?property=value`: all that have exactly these values, by name. */
export function query({ catalog }: GatewayDependencies): Handler {
  return async ({ params, query: wanted, response }) => {
    const tests = Object.entries(wanted);
    const found: JsonObject[] = [];
    for (const instance of instancesOf(await catalog.view(), instanceTypeOf(params['type'] ?? ''))) {
      if (found.length === OBJECTS_MAX) break;
      if (tests.every(([property, value]) => textOf(instance[property]) === value)) found.push(instance);
    }
    sendJson(response, 200, found);
  };
}

/** Every item of a type, by name. */
export function* instancesOf(view: CatalogView, type: InstanceType): Generator<JsonObject> {
  for (const name of view.names(type)) {
    const instance = instanceAnswer(view, type, name);
    if (instance) yield instance;
  }
}

/** Values compare as texts: in an address there are no numbers. Undefined for what is absent. */
export function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
