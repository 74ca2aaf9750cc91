import { hint } from './closest-name.ts';
import type { ConfigProblem } from './config-error.ts';
import { type Layer, type Reading, pointerOf } from './layer.ts';
import { readMountedFile } from './mounted-file.ts';
import { SETTINGS, type Setting, mountedFileVariable } from './setting.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that names the settings file. */
export const CONFIG_FILE_VARIABLE = 'RUNYARD_CONFIG_FILE';

/** Variables of the command line, which may stand in the shell that starts a server. The servers do not read them. */
const CLIENT_VARIABLES = ['RUNYARD_URL', 'RUNYARD_API_KEY', 'RUNYARD_USERNAME', 'RUNYARD_PASSWORD'];

const KNOWN_VARIABLES = new Set([
  CONFIG_FILE_VARIABLE,
  ...SETTINGS.map(({ schema }) => schema.env),
  ...SETTINGS.flatMap((setting) => mountedFileVariable(setting) ?? []),
]);

/** A copy of the variables of this process. The one place that reads them. */
export function processEnvironment(): Environment {
  return { ...process.env };
}

/** The settings that the variables give. An empty variable counts as absent. */
export function readEnvironment(environment: Environment): Reading {
  const layer: Layer = new Map();
  const problems: ConfigProblem[] = unknownVariables(environment);
  for (const setting of SETTINGS) {
    const direct = valueOf(environment, setting.schema.env);
    if (direct !== undefined) {
      layer.set(pointerOf(setting.path), { value: parse(setting, direct), source: setting.schema.env });
      continue;
    }
    const variable = mountedFileVariable(setting);
    const path = variable === undefined ? undefined : valueOf(environment, variable);
    if (variable === undefined || path === undefined) continue;
    const content = readMountedFile(path);
    if (typeof content === 'string') layer.set(pointerOf(setting.path), { value: content, source: variable });
    else problems.push({ source: variable, message: content.problem });
  }
  return { layer, problems };
}

/** The value of a variable, undefined when it is empty or was put there by Kubernetes. */
export function valueOf(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === '' || isServiceLink(name, value) ? undefined : value;
}

function parse(setting: Setting, text: string): unknown {
  if (setting.schema.type === 'array')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  // A bare number in the variable means seconds, as people write it there.
  if (setting.schema.duration && /^\d+(\.\d+)?$/.test(text.trim())) return `${text.trim()}s`;
  return text;
}

function unknownVariables(environment: Environment): ConfigProblem[] {
  return Object.entries(environment)
    .filter(
      ([name, value]) =>
        name.startsWith('RUNYARD_') &&
        value !== undefined &&
        !KNOWN_VARIABLES.has(name) &&
        !CLIENT_VARIABLES.includes(name) &&
        !isServiceLink(name, value),
    )
    .map(([name]) => ({
      source: name,
      message: KNOWN_VARIABLES.has(name.replace(/_FILE$/, ''))
        ? 'is not a setting: only secrets can be given as a file'
        : `is not a setting${hint(name, [...KNOWN_VARIABLES])}`,
    }));
}

/**
 * Kubernetes gives every pod variables about the services beside it. One named `runyard` or `runyard-redis`
 * gives RUNYARD_PORT=tcp://10.0.0.1:3000, RUNYARD_SERVICE_HOST, RUNYARD_REDIS_PORT_6379_TCP_ADDR and others.
 */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}
