/** Names that a started program may take over from the worker. Everything else of the worker's stays there. */
const INHERITED = ['PATH', 'LANG', 'LC_ALL', 'TZ'] as const;

const DEFAULTS = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentParts {
  /** The worker's own environment, of which PATH, LANG, LC_ALL and TZ are taken. */
  readonly inherited?: Environment;
  /** The working folder of the run: becomes HOME. */
  readonly home?: string;
  readonly temporary?: string;
  /** What the service gives; wins over the rest. */
  readonly given?: Environment;
}

/** The whole environment of a program: an allow-list, and what it was given. */
export function processEnvironment({
  inherited = {},
  home,
  temporary,
  given = {},
}: EnvironmentParts): Record<string, string> {
  const environment = new Map<string, string>(Object.entries(DEFAULTS));
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) environment.set(name, value);
  };
  for (const name of INHERITED) set(name, inherited[name]);
  set('HOME', home);
  set('TMPDIR', temporary);
  for (const [name, value] of Object.entries(given)) set(name, value);
  return Object.fromEntries(environment);
}
