import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig, readOldSecretKeys } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const read = (...files: string[]) =>
  readOldSecretKeys(loadConfig({ RUNYARD_SECRET_KEY_OLD_FILES: files.join(',') })).map((key) => [...key]);

describe('older secret keys', () => {
  it('are read from each file, one a line', () => {
    const [a, b, c] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;
    const one = fileWith('one', `${a.toString('base64')}\n`);
    const two = fileWith('two', `${b.toString('hex')}\r\n\n  ${c.toString('base64url')}\n`);
    expect(read(one, two)).toEqual([[...a], [...b], [...c]]);
    expect(read()).toEqual([]);
  });

  it('that cannot be read are told all at once, without their text', () => {
    const wrong = fileWith('wrong', 'hunter2-hunter2\n');
    const problems = () => read(wrong, join(folder, 'none'));
    expect(problems).toThrow(ConfigError);
    expect(problems).toThrow(/wrong has in line 1 no key of 32 bytes in base64 or hex[^]*none cannot be read/);
    expect(problems).not.toThrow(/hunter2/);
  });
});
