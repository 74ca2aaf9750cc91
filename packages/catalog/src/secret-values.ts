import path from 'node:path';
import { CREDENTIAL_SECRETS } from '@runyard/contracts';
import { type CatalogKind, isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import { readText } from './catalog-files.ts';

const SECRET_FILE_BYTES_MAX = 100 * 1024;

export interface ValueSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that `{file: …}` is relative to. */
  readonly folder: string;
}

export interface ResolvedValues {
  readonly item: JsonObject;
  /** Keys whose value could not be had, and why. Values are never in the texts. */
  readonly problems: readonly { readonly key: string; readonly message: string }[];
  /** Keys whose secret stands in the open in the file. */
  readonly inTheOpen: readonly string[];
}

const SECRET_KEYS: Readonly<Partial<Record<CatalogKind, readonly string[]>>> = {
  credential: CREDENTIAL_SECRETS,
  secret: ['value'],
};
const OPEN_KEYS: Readonly<Partial<Record<CatalogKind, readonly string[]>>> = { credential: ['username'] };

/** Puts the values of `{env: …}` and `{file: …}` in their place. `{secret: …}` stays. */
export async function resolveValues(
  kind: CatalogKind,
  item: JsonObject,
  sources: ValueSources,
): Promise<ResolvedValues> {
  const secretKeys = SECRET_KEYS[kind] ?? [];
  const resolved: JsonObject = { ...item };
  const problems: { key: string; message: string }[] = [];
  const inTheOpen: string[] = [];
  for (const key of [...secretKeys, ...(OPEN_KEYS[kind] ?? [])]) {
    const value = item[key];
    if (typeof value === 'string' && secretKeys.includes(key)) inTheOpen.push(key);
    if (!isJsonObject(value)) continue;
    const found = await readValue(value, sources);
    if ('problem' in found) problems.push({ key, message: found.problem });
    else resolved[key] = found.value;
  }
  return { item: resolved, problems, inTheOpen };
}

async function readValue(
  reference: JsonObject,
  { env, folder }: ValueSources,
): Promise<{ value: JsonValue } | { problem: string }> {
  const { env: variable, file } = reference;
  if (typeof variable === 'string') {
    const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
    if (value === undefined) return { problem: `the environment variable ${variable} is not set` };
    return value === '' ? { problem: `the environment variable ${variable} is empty` } : { value };
  }
  if (typeof file !== 'string') return { value: reference };
  const read = await readText(path.resolve(folder, file), SECRET_FILE_BYTES_MAX);
  if ('problem' in read) return { problem: `the file ${file} ${read.problem}` };
  const value = read.text.replace(/\r?\n$/, '');
  return value === '' ? { problem: `the file ${file} is empty` } : { value };
}
