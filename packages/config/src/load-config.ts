import { ConfigError, type ConfigProblem } from './config-error.ts';
import { CONFIG_FILE_VARIABLE, type Environment, readEnvironment, valueOf } from './environment.ts';
import type { Reading } from './layer.ts';
import { readSettingsFile } from './settings-file.ts';
import type { Settings } from './settings-schema.ts';
import { validate } from './validate.ts';

/** Passwords that stand in examples everywhere. Compared in lower case. */
const KNOWN_PASSWORDS = new Set(['admin', 'change-me', 'changeme', 'password', 'runyard', 'secret']);

export interface LoadOptions {
  /** Path of the settings file. Wins over RUNYARD_CONFIG_FILE. */
  readonly file?: string;
}

/**
 * The effective settings: defaults, then the file, then variables, then secrets mounted as files (NAME_FILE).
 * Throws a ConfigError that names every problem at once.
 */
export function loadConfig(environment: Environment, options: LoadOptions = {}): Settings {
  const file = options.file ?? valueOf(environment, CONFIG_FILE_VARIABLE);
  const readings: Reading[] = file === undefined ? [] : [readSettingsFile(file)];
  readings.push(readEnvironment(environment));
  const { settings, problems } = validate(readings);
  const all = [...problems, ...weakPassword(readings, environment), ...incompleteOidc(settings)];
  if (settings === undefined || all.length > 0) throw new ConfigError(all);
  return settings;
}

/** A provider needs three settings that have no default; one alone would be a login that fails at its first use. */
function incompleteOidc(settings: Settings | undefined): ConfigProblem[] {
  const { issuer, clientId, redirectUrl } = settings?.oidc ?? {};
  const given = Object.entries({ issuer, clientId, redirectUrl });
  const missing = given.filter(([, value]) => value === undefined);
  if (missing.length === 0 || missing.length === given.length) return [];
  const names = missing.map(([name]) => `oidc.${name}`).join(' and ');
  return [{ source: 'oidc', message: `is not complete: ${names} must be set too` }];
}

function weakPassword(readings: readonly Reading[], environment: Environment): ConfigProblem[] {
  if (environment['NODE_ENV'] !== 'production') return [];
  const given = readings.map(({ layer }) => layer.get('/adminPassword')).findLast((entry) => entry !== undefined);
  if (given === undefined || !KNOWN_PASSWORDS.has(String(given.value).toLowerCase())) return [];
  return [{ source: given.source, message: 'is a password that everybody knows, choose another one' }];
}
