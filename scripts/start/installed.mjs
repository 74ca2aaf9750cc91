// Knows whether node_modules is what package-lock.json asks for.
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';

const lockFile = 'package-lock.json';
const installedFile = 'node_modules/.package-lock.json';

export function isInstalled() {
  if (!existsSync(installedFile)) return false;
  if (statSync(installedFile).mtimeMs >= statSync(lockFile).mtimeMs) return true;
  // Times say little after a copy or a checkout: what was installed decides.
  if (!isSame(packagesOf(lockFile), packagesOf(installedFile))) return false;
  markInstalled();
  return true;
}

export function markInstalled() {
  try {
    utimesSync(installedFile, new Date(), new Date());
  } catch {
    // Not ours to write: then the packages are compared again at the next start.
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** Optional packages may be missing: they are for other systems. */
function isSame(wanted, installed) {
  return Object.entries(wanted).every(([path, { optional, devOptional, version, integrity }]) => {
    if (path === '' || !path.includes('node_modules/')) return true;
    const there = installed[path];
    if (!there) return Boolean(optional || devOptional);
    return there.version === version && there.integrity === integrity;
  });
}
