import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeProcessLock } from '../up/process-lock.ts';
import { findConnection } from './connection.ts';
import { removeLoginFile, writeLoginFile } from './login-file.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runyard-login-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function addLogin(name: string, port: number): string {
  const folder = join(root, '.runyard', name);
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  writeLoginFile(folder, { url, username: 'admin', password: `of-${name}`, redisUrl: 'redis://127.0.0.1:1' });
  return folder;
}

describe('findConnection', () => {
  it('knows only the usual address when nothing else is known', () => {
    expect(findConnection({}, {}, root)).toEqual({ url: 'http://127.0.0.1:3000', login: undefined, file: undefined });
  });

  it('finds address and login of what up has started', () => {
    addLogin('0', 3001);

    expect(findConnection({}, {}, root)).toMatchObject({
      url: 'http://127.0.0.1:3001',
      login: { username: 'admin', password: 'of-0' },
    });
  });

  it('prefers the up that runs to one that was killed', () => {
    addLogin('0', 3001);
    const lock = takeProcessLock(join(addLogin('10', 3002), 'up.lock'));
    addLogin('9', 3003);

    expect(findConnection({}, {}, root).url).toBe('http://127.0.0.1:3002');
    expect(lock).not.toEqual(expect.any(Number));
  });

  it('takes the data folder that is named', () => {
    addLogin('0', 3001);
    const folder = addLogin('1', 3002);

    expect(findConnection({ data: folder }, {}, root).login).toEqual({ username: 'admin', password: 'of-1' });
  });

  it('gives the login of a file to no other address', () => {
    addLogin('0', 3001);

    expect(findConnection({ url: 'http://127.0.0.1:4000' }, {}, root).login).toBeUndefined();
    expect(findConnection({}, { RUNYARD_URL: 'https://elsewhere' }, root).login).toBeUndefined();
    addLogin('1', 3002);
    expect(findConnection({ url: 'http://127.0.0.1:3002/' }, {}, root).login).toMatchObject({ password: 'of-1' });
  });

  it('puts options before variables and variables before the file', () => {
    addLogin('0', 3001);
    const env = { RUNYARD_API_KEY: 'from-env', RUNYARD_URL: 'http://env' };

    expect(findConnection({ url: 'http://option', apiKey: 'option' }, env, root)).toMatchObject({
      url: 'http://option',
      login: { apiKey: 'option' },
    });
    expect(findConnection({}, env, root)).toMatchObject({ url: 'http://env', login: { apiKey: 'from-env' } });
  });

  it('takes the password from the variable and admin as the user', () => {
    expect(findConnection({}, { RUNYARD_PASSWORD: 'p' }, root).login).toEqual({ username: 'admin', password: 'p' });
    expect(findConnection({ user: 'ann' }, { RUNYARD_PASSWORD: 'p' }, root).login).toEqual({
      username: 'ann',
      password: 'p',
    });
    expect(() => findConnection({ user: 'ann' }, {}, root)).toThrow('--password');
  });

  it('keeps the login file for its owner only', () => {
    const folder = addLogin('0', 3001);
    writeLoginFile(folder, { url: 'http://x', username: 'u', password: 'p', redisUrl: 'r' });

    expect(statSync(join(folder, 'login.json')).mode & 0o777).toBe(0o600);
    removeLoginFile(folder);
    expect(findConnection({}, {}, root).file).toBeUndefined();
  });
});
