import { accessSync, constants } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import { findRedisServer } from '@runyard/redis';

interface NeedDefinition {
  readonly isThere: () => boolean;
  /** What a person does about it. */
  readonly remedy: string;
  /** False for what no package brings: rights and networks. Such a test is skipped in CI, too. */
  readonly isInstallable: boolean;
}

const NEEDS = {
  'redis-server': {
    isThere: () => findRedisServer(process.env.PATH) !== undefined,
    remedy: 'Debian: apt-get install redis-server',
    isInstallable: true,
  },
  sshd: program('/usr/sbin/sshd', 'openssh-server'),
  ssh: program('ssh', 'openssh-client'),
  'ssh-keygen': program('ssh-keygen', 'openssh-client'),
  sshpass: program('sshpass', 'sshpass'),
  zebra: program('/usr/lib/frr/zebra', 'frr'),
  vtysh: program('/usr/bin/vtysh', 'frr'),
  ping: program('ping', 'iputils-ping'),
  openssl: program('openssl', 'openssl'),
  git: program('git', 'git'),
  python3: program('python3', 'python3'),
  'ansible-playbook': program('ansible-playbook', 'ansible-core'),
  'tofu or terraform': {
    isThere: () => isOnPath('tofu') || isOnPath('terraform'),
    remedy: 'install OpenTofu or Terraform; Debian has no package',
    isInstallable: true,
  },
  '/proc': { isThere: () => canAccess('/proc/self/stat'), remedy: 'Linux only', isInstallable: false },
  root: { isThere: () => process.getuid?.() === 0, remedy: 'run the tests as root', isInstallable: false },
  'IPv6 loopback': { isThere: hasIpv6, remedy: 'the system has no ::1', isInstallable: false },
} as const satisfies Record<string, NeedDefinition>;

export type Need = keyof typeof NEEDS;

interface Describe {
  (title: string, tests: () => void): void;
  readonly skip: (title: string, tests: () => void) => void;
}

/**
 * Jest's `describe` for tests that need programs or rights of the machine: where one is missing they are skipped, with
 * the reason in the title. Throws instead when CI is `true` and the missing one could have been installed.
 */
export function needs(describe: Describe, ...names: readonly Need[]): (title: string, tests: () => void) => void {
  const missing = names.map((name) => ({ name, ...NEEDS[name] })).filter(({ isThere }) => !isThere());
  if (missing.length === 0) return describe;
  const reason = missing.map(({ name, remedy }) => `needs ${name} (${remedy})`).join(', ');
  if (process.env.CI === 'true' && missing.some(({ isInstallable }) => isInstallable)) {
    throw new Error(`With CI=true these tests may not be skipped: ${reason}`);
  }
  return (title, tests) => describe.skip(`${title}: ${reason}`, tests);
}

/** A program on the PATH, or at its absolute path. */
function program(name: string, debianPackage: string): NeedDefinition {
  return {
    isThere: () => isOnPath(name),
    remedy: `Debian: apt-get install ${debianPackage}`,
    isInstallable: true,
  };
}

function isOnPath(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name));
  return files.some((file) => canAccess(file, constants.X_OK));
}

function canAccess(file: string, mode?: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
}
