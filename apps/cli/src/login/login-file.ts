import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isOwnerAlive } from '../up/process-lock.ts';
import { writePrivateFile } from '../up/private-file.ts';

/** How the commands find and enter the system that `up` started. Kept in its data folder for its owner only. */
export interface LoginFile {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly redisUrl: string;
}

const NAME = 'login.json';

export function writeLoginFile(dataFolder: string, login: LoginFile): void {
  writePrivateFile(join(dataFolder, NAME), `${JSON.stringify(login, null, 2)}\n`);
}

export function removeLoginFile(dataFolder: string): void {
  rmSync(join(dataFolder, NAME), { force: true });
}

/** The login of one data folder, or undefined when there is none that can be read. */
export function readLoginFile(dataFolder: string): LoginFile | undefined {
  try {
    const value = JSON.parse(readFileSync(join(dataFolder, NAME), 'utf8')) as Partial<LoginFile>;
    const { url, username, password, redisUrl } = value;
    const isComplete = [url, username, password, redisUrl].every((text) => typeof text === 'string');
    return isComplete ? (value as LoginFile) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The login of the first `up` that runs below `.runyard`; without a running one, the first there is. With an address
 * only those for it count.
 */
export function findLoginFile(runyardFolder: string, url?: string): LoginFile | undefined {
  const folders = numberedFolders(runyardFolder).map((name) => join(runyardFolder, name));
  const all = folders.map((folder) => ({
    login: readLoginFile(folder),
    isUp: isOwnerAlive(join(folder, 'up.lock')),
  }));
  const logins = all.filter(({ login }) => url === undefined || (login && isSameOrigin(login.url, url)));
  return logins.find(({ login, isUp }) => login && isUp)?.login ?? logins.find(({ login }) => login)?.login;
}

function numberedFolders(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .sort((a, b) => Number(a) - Number(b));
  } catch {
    return [];
  }
}

/** True when both addresses lead to the same gateway. */
export function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
