// Lets one start at a time install and build. The lock of a process that died is taken over.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const POLL_MS = 300;
const WRITING_MS_MAX = 5_000;

/** Runs the work while holding the lock; waits for whoever holds it. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let hasSaid = false;
  while (!take(file)) {
    if (!hasSaid) process.stdout.write('  Another start is installing or building; waiting for it\n');
    hasSaid = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeIfStale(file);
    return false;
  }
}

function removeIfStale(file) {
  try {
    const owner = readFileSync(file, 'utf8');
    if (owner === '' ? Date.now() - statSync(file).mtimeMs < WRITING_MS_MAX : isAlive(Number(owner))) return;
    const aside = `${file}.${process.pid}`;
    renameSync(file, aside);
    // Somebody may have taken it over since it was read: then it is given back.
    if (readFileSync(aside, 'utf8') === owner) rmSync(aside);
    else renameSync(aside, file);
  } catch {
    // Another start was quicker, or the lock was released.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
