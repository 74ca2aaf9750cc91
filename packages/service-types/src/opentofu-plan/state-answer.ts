import { isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';

const RESOURCES_MAX = 1_000;
const HIDDEN = '***';

/** Outputs by name, as tofu tells them. What it calls sensitive is hidden. */
export function outputsOf(text: string): JsonObject {
  let outputs: unknown;
  try {
    outputs = JSON.parse(text);
  } catch {
    return {};
  }
  if (!isJsonObject(outputs)) return {};
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, hideSensitive(output ?? null)]));
}

function hideSensitive(output: JsonValue): JsonValue {
  return isJsonObject(output) && output['sensitive'] === true ? { ...output, value: HIDDEN } : output;
}

/** Only the values of outputs. */
export function valuesOf(outputs: JsonObject): JsonObject {
  const entries = Object.entries(outputs).map(([name, output]) => [
    name,
    isJsonObject(output) ? (output['value'] ?? null) : null,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

/** What may be shown of a state: outputs, and which resources there are. Their attributes hold passwords and stay. */
export function stateAnswer(state: string | null, outputs: JsonObject): JsonObject {
  const parsed = state === null ? null : (JSON.parse(state) as JsonObject);
  const resources = Array.isArray(parsed?.['resources']) ? parsed['resources'] : [];
  return {
    version: parsed?.['version'] ?? null,
    terraform_version: parsed?.['terraform_version'] ?? null,
    serial: parsed?.['serial'] ?? null,
    lineage: parsed?.['lineage'] ?? null,
    outputs,
    resources: resources.slice(0, RESOURCES_MAX).map((resource) => {
      const { mode, type, name, module } = resource as JsonObject;
      return { mode, type, name, module };
    }),
  };
}
