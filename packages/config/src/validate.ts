import { Ajv } from 'ajv';
import type { ConfigProblem } from './config-error.ts';
import { parseDuration } from './duration.ts';
import { FORMATS } from './formats.ts';
import { type Layer, type Reading, pointerOf } from './layer.ts';
import type { SettingSchema } from './schema-type.ts';
import { SETTINGS, type Setting } from './setting.ts';
import { SETTINGS_SCHEMA, type Settings } from './settings-schema.ts';

const SHOWN_LENGTH_MAX = 60;

const ajv = new Ajv({ allErrors: true, coerceTypes: true });
ajv.addVocabulary(['env', 'usedBy', 'secret', 'duration']);
for (const [name, { matches }] of Object.entries(FORMATS)) ajv.addFormat(name, matches);
const isSettings = ajv.compile<Settings>(SETTINGS_SCHEMA);

/** What the schema itself gives. */
function defaultLayer(): Layer {
  return new Map(
    SETTINGS.filter(({ schema }) => schema.default !== undefined).map(({ path, schema }) => [
      pointerOf(path),
      { value: structuredClone(schema.default), source: schema.env },
    ]),
  );
}

/** Merges the readings, later ones winning, and checks every value. */
export function validate(readings: readonly Reading[]): {
  readonly settings: Settings | undefined;
  readonly problems: readonly ConfigProblem[];
} {
  const given: Layer = new Map([...defaultLayer(), ...readings.flatMap(({ layer }) => [...layer])]);
  const settings: unknown = toTree(given);
  const problems = readings.flatMap(({ problems: found }) => [...found]);
  if (isSettings(settings)) return { settings, problems };
  const wrong = new Set(isSettings.errors?.map(({ instancePath }) => settingAt(instancePath)));
  for (const setting of wrong) if (setting) problems.push(problemOf(setting, given));
  return { settings: undefined, problems };
}

type Tree = { [name: string]: unknown };

function toTree(given: Layer): Tree {
  const root: Tree = {};
  for (const { path, schema } of SETTINGS) {
    const groups = path.slice(0, -1);
    const name = path.at(-1) ?? '';
    const group = groups.reduce<Tree>((tree, groupName) => (tree[groupName] ??= {}) as Tree, root);
    const entry = given.get(pointerOf(path));
    if (entry !== undefined) group[name] = schema.duration ? parseDuration(entry.value) : entry.value;
  }
  return root;
}

function settingAt(instancePath: string): Setting | undefined {
  return SETTINGS.find(({ path }) => `${instancePath}/`.startsWith(`${pointerOf(path)}/`));
}

function problemOf({ path, schema }: Setting, given: Layer): ConfigProblem {
  const { value, source } = given.get(pointerOf(path)) ?? { value: undefined, source: schema.env };
  const shown = schema.secret === undefined ? `, not ${show(value)}` : '';
  return { source, message: `must be ${expected(schema)}${shown}` };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** What a setting may be, in words. */
export function expected(schema: SettingSchema): string {
  const { minimum = 0, maximum = 0, minLength = 0, maxLength } = schema;
  if (schema.enum) return schema.enum.join(' or ');
  if (schema.duration) return `a duration such as 20s, ${minimum / 1_000}s to ${maximum / 1_000}s`;
  if (schema.type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  const format = FORMATS[schema.items?.format ?? schema.format ?? '']?.expected;
  if (format !== undefined) return schema.type === 'array' ? `a list of ${format}` : format;
  return maxLength === undefined ? 'a text' : `a text of ${minLength} to ${maxLength} characters`;
}
