import type { GroupSchema, SettingSchema } from './schema-type.ts';
import { SETTINGS_SCHEMA } from './settings-schema.ts';

/** A setting with its place in the tree, `['redis', 'url']`. */
export interface Setting {
  readonly path: readonly string[];
  readonly schema: SettingSchema;
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = flatten(SETTINGS_SCHEMA, []);

function flatten(group: GroupSchema, path: readonly string[]): Setting[] {
  return Object.entries(group.properties).flatMap(([name, schema]) =>
    schema.type === 'object' ? flatten(schema, [...path, name]) : [{ path: [...path, name], schema }],
  );
}

/** The variable with the path of a mounted file that holds the value; undefined for settings that are no secret. */
export function mountedFileVariable(setting: Setting): string | undefined {
  return setting.schema.secret === undefined ? undefined : `${setting.schema.env}_FILE`;
}
