import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@runyard/config';
import { loginText } from './login-text.ts';
import { readSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-login-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const FILE = '.runyard/0/admin-password';

describe('the login of runyard up', () => {
  it('is shown with its password at the first start only, and then with the file that has it', () => {
    const first = readSecrets(loadConfig({}), folder);
    expect(first.passwordFile).toBe(join(folder, 'admin-password'));
    expect(loginText(first, FILE)).toEqual({
      words: `user admin, password ${first.adminPassword} (shown this once, kept in ${FILE})`,
      curl: `admin:${first.adminPassword}`,
    });

    const later = readSecrets(loadConfig({}), folder);
    expect(later.adminPassword).toBe(first.adminPassword);
    expect(loginText(later, FILE)).toEqual({
      words: `user admin, password in ${FILE}`,
      curl: `"admin:$(cat ${FILE})"`,
    });
  });

  it('never shows a password that somebody set', () => {
    const secrets = readSecrets(loadConfig({ RUNYARD_ADMIN_PASSWORD: 'of my own' }), folder);
    expect(Object.values(loginText(secrets, FILE)).join()).not.toContain('of my own');
  });

  it.each([
    ['/home/my user/data', `'/home/my user/data'`],
    [`it's`, `'it'\\''s'`],
  ])('names the file %s so that a shell takes it', (file, quoted) => {
    readSecrets(loadConfig({}), folder);
    expect(loginText(readSecrets(loadConfig({}), folder), file).curl).toBe(`"admin:$(cat ${quoted})"`);
  });
});
