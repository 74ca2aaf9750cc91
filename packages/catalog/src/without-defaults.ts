import { fromService, toService } from '@runyard/contracts';
import { isJsonObject, type JsonObject, type JsonValue, WORKFLOW_TYPE } from '@runyard/domain';
import { isSameJson } from './same-json.ts';

/** The document of a service without the keys that have their default, so that people see what was chosen. */
export function withoutDefaults(document: JsonObject): JsonObject {
  const { name, type } = document as { name: string; type: string };
  const defaults = fromService(toService({ name, type })) as unknown as JsonObject;
  const short = different(document, defaults, ['name', 'type', 'steps']);
  if (type !== WORKFLOW_TYPE || !Array.isArray(document['steps'])) return short;
  return { ...short, steps: document['steps'].map((step) => (isJsonObject(step) ? shortStep(step) : step)) };
}

function shortStep(step: JsonObject): JsonObject {
  const { id, type, mode, step: inner } = step;
  const repeated = isJsonObject(inner) ? { step: { type: inner['type'] } } : {};
  // The default of another key goes by the mode.
  const least = { id, type, ...(mode === undefined ? {} : { mode }), ...repeated };
  const [defaults] = stepsOf({ name: 'w', type: WORKFLOW_TYPE, steps: [least] });
  const short = different(step, { ...defaults, ...(mode === 'wait' ? { mode } : { mode: undefined }) }, [
    'id',
    'type',
    'step',
  ]);
  if (!isJsonObject(inner)) return short;
  const { id: own, ...rest } = shortStep(inner);
  return { ...short, step: own === id ? rest : { id: own, ...rest } };
}

function stepsOf(document: { name: string; type: string; steps: object[] }): JsonObject[] {
  const written = fromService(toService(document as never)) as unknown as { steps: JsonValue[] };
  return written.steps.filter(isJsonObject);
}

function different(written: JsonObject, defaults: JsonObject, kept: readonly string[]): JsonObject {
  const entries = Object.entries(written).filter(
    ([key, value]) => kept.includes(key) || !(key in defaults) || !isSameJson(value, defaults[key]),
  );
  return Object.fromEntries(entries);
}
