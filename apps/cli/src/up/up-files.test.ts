import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeDataFolder } from './data-folder.ts';
import { forgetSimulatedKeys } from './known-hosts.ts';
import { rotateLog } from './log-rotation.ts';
import { keepPrivateFile } from './private-file.ts';
import { isOwnerAlive, type ProcessLock, takeProcessLock } from './process-lock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const deadPid = (): number => spawnSync('true').pid;
const lockFile = (): string => join(folder, 'up.lock');

function take(file = lockFile()): ProcessLock {
  const lock = takeProcessLock(file);
  if (typeof lock === 'number') throw new Error(`held by ${lock}`);
  return lock;
}

describe('takeProcessLock', () => {
  it('is free again after its release', () => {
    take().release();

    take().release();
    expect(isOwnerAlive(lockFile())).toBe(false);
  });

  it('tells which live process holds it', () => {
    take();

    expect(takeProcessLock(lockFile())).toBe(process.pid);
    expect(isOwnerAlive(lockFile())).toBe(true);
  });

  it('takes over the lock of a process that is dead', () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: deadPid(), began: '' }));

    take();

    expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('takes over the lock of a dead process whose pid another one has now', () => {
    // Pid 1 always lives, and never began at the time that stands here.
    writeFileSync(lockFile(), JSON.stringify({ pid: 1, began: '123456789012' }));
    expect(isOwnerAlive(lockFile())).toBe(false);

    take();

    expect(isOwnerAlive(lockFile())).toBe(true);
  });

  it('leaves a lock alone that is being written at this moment', () => {
    writeFileSync(lockFile(), '');

    expect(takeProcessLock(lockFile())).toBe(0);
  });

  it('takes over a lock that was never written to its end', () => {
    writeFileSync(lockFile(), '{"pid":');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lockFile(), longAgo, longAgo);

    take();

    expect(isOwnerAlive(lockFile())).toBe(true);
  });

  it('does not release a lock that somebody else took over', () => {
    const lock = take();
    writeFileSync(lockFile(), JSON.stringify({ pid: 1, began: '' }));

    lock.release();

    expect(readFileSync(lockFile(), 'utf8')).toContain('"pid":1');
  });
});

describe('takeDataFolder', () => {
  it('takes the first folder that nobody uses', () => {
    const first = takeDataFolder(folder, undefined);
    const second = takeDataFolder(folder, undefined);
    first.lock.release();
    const third = takeDataFolder(folder, undefined);

    expect([first, second, third].map(({ path }) => path)).toEqual(
      ['0', '1', '0'].map((name) => join(folder, '.runyard', name)),
    );
    expect(statSync(first.path).mode & 0o777).toBe(0o700);
  });

  it('refuses a chosen folder that is in use, and says by whom', () => {
    takeDataFolder(folder, join(folder, 'mine'));

    expect(() => takeDataFolder(folder, join(folder, 'mine'))).toThrow(`process ${process.pid}`);
  });
});

describe('keepPrivateFile', () => {
  it('makes a secret up once, for its owner only', () => {
    const file = join(folder, 'secret');

    expect(keepPrivateFile(file, () => 'first')).toEqual({ text: 'first', isNew: true });
    expect(keepPrivateFile(file, () => 'second')).toEqual({ text: 'first', isNew: false });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('does not replace a secret that it cannot read', () => {
    mkdirSync(join(folder, 'secret'));

    expect(() => keepPrivateFile(join(folder, 'secret'), () => 'x')).toThrow('EISDIR');
  });
});

describe('forgetSimulatedKeys', () => {
  it('forgets the keys of this machine and keeps the others', () => {
    const file = join(folder, 'known_hosts');
    writeFileSync(file, '[127.0.0.1]:10022 ssh-ed25519 AAAA\n10.0.0.1 ssh-ed25519 BBBB\n[10.0.0.1]:22 ssh-rsa CCCC\n');

    forgetSimulatedKeys(file);
    forgetSimulatedKeys(join(folder, 'none'));

    expect(readFileSync(file, 'utf8')).toBe('10.0.0.1 ssh-ed25519 BBBB\n[10.0.0.1]:22 ssh-rsa CCCC\n');
  });
});

describe('rotateLog', () => {
  it('moves a log aside when it has grown too large, and not before', () => {
    const file = join(folder, 'gateway.log');
    writeFileSync(file, 'x'.repeat(100));

    rotateLog(file, 100);
    expect(statSync(file).size).toBe(100);
    rotateLog(file, 99);

    expect(statSync(file).size).toBe(0);
    expect(statSync(`${file}.1`).size).toBe(100);
    expect(() => rotateLog(join(folder, 'none'), 1)).not.toThrow();
  });
});
