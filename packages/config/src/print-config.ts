import { stringify } from 'yaml';
import type { SettingSchema } from './schema-type.ts';
import { SETTINGS } from './setting.ts';
import type { Settings } from './settings-schema.ts';

const MASK = '***';

/** The effective settings as YAML, as a settings file would hold them, with every secret masked. */
export function printConfig(settings: Settings): string {
  const copy = structuredClone(settings) as Record<string, unknown>;
  for (const { path, schema } of SETTINGS) {
    if (schema.secret === undefined) continue;
    const group = path.slice(0, -1).reduce((tree, name) => tree[name] as Record<string, unknown>, copy);
    const name = path.at(-1) ?? '';
    if (group[name] !== undefined) group[name] = masked(schema, group[name]);
  }
  return stringify(copy);
}

function masked(schema: SettingSchema, value: unknown): string {
  if (schema.secret !== 'userinfo' || typeof value !== 'string') return MASK;
  // Parameters after `?` may carry a password too.
  return value.replace(/\/\/[^/]*@/, `//${MASK}@`).replace(/\?.*$/, `?${MASK}`);
}
