import { isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import { CliError } from './cli-error.ts';

/**
 * The params of a run from `--params JSON` and then `--param name=value`. A value that is JSON counts as JSON
 * (`count=3`, `tags=["a"]`), anything else as text; `vlan="10"` is the text 10.
 */
export function readParams(json: string | undefined, pairs: readonly string[]): JsonObject {
  const params = new Map(Object.entries(json === undefined ? {} : readObject(json)));
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new CliError(`--param takes name=value, not '${pair}'.`);
    params.set(pair.slice(0, equals), readValue(pair.slice(equals + 1)));
  }
  return Object.fromEntries(params);
}

function readObject(text: string): JsonObject {
  const value = parse(text);
  if (!isJsonObject(value)) throw new CliError(`--params takes a JSON object such as '{"count": 3}'.`);
  return value;
}

function readValue(text: string): JsonValue {
  return parse(text) ?? (text === 'null' ? null : text);
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
