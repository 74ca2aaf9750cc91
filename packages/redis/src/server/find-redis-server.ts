import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What answers the Redis protocol: the real ones, or the one in JavaScript for a first look. */
export type RedisServerKind = 'redis-server' | 'valkey-server' | 'js-redis-server';

const USUAL_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/bin',
];

/** The first real server among the folders of `path` (as in PATH; without it the usual folders), or undefined. */
export function findRedisServer(
  path?: string,
): { readonly kind: 'redis-server' | 'valkey-server'; readonly program: string } | undefined {
  for (const kind of ['redis-server', 'valkey-server'] as const) {
    const program = findProgram(kind, path);
    if (program !== undefined) return { kind, program };
  }
  return undefined;
}

const INSTALLERS = [
  ['apt-get', 'sudo apt-get install redis-server'],
  ['dnf', 'sudo dnf install valkey'],
  ['yum', 'sudo yum install redis'],
  ['apk', 'sudo apk add redis'],
  ['pacman', 'sudo pacman -S valkey'],
  ['zypper', 'sudo zypper install redis'],
  ['brew', 'brew install redis'],
] as const;

/** The one line that installs a real server on this system. */
export function installHint(path?: string): string {
  const found = INSTALLERS.find(([installer]) => findProgram(installer, path) !== undefined);
  return found?.[1] ?? 'install Redis 6.2 or newer, or Valkey, so that redis-server or valkey-server is on the PATH';
}

function findProgram(name: string, path: string | undefined): string | undefined {
  const folders = path === undefined ? USUAL_FOLDERS : path.split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
