import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { needs } from './needs.ts';

const { PATH, CI } = process.env;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-needs-'));
  process.env.PATH = folder;
  delete process.env.CI;
});
afterEach(() => {
  process.env.PATH = PATH;
  if (CI === undefined) delete process.env.CI;
  else process.env.CI = CI;
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Notes what Jest would be told. */
function fakeDescribe(told: string[]) {
  const note = (kind: string) => (title: string) => void told.push(`${kind} ${title}`);
  return Object.assign(note('run'), { skip: note('skip') });
}

describe('needs', () => {
  it('runs the tests when everything is there', () => {
    for (const name of ['ping', 'valkey-server']) symlinkSync(process.execPath, join(folder, name));
    const told: string[] = [];
    needs(fakeDescribe(told), 'ping', 'redis-server')('the subject', () => {});
    expect(told).toEqual(['run the subject']);
  });

  it('skips them with each reason in the title', () => {
    symlinkSync(process.execPath, join(folder, 'ping'));
    const told: string[] = [];
    needs(fakeDescribe(told), 'redis-server', 'ping', 'sshpass')('the subject', () => {});
    expect(told).toEqual([
      'skip the subject: needs redis-server (Debian: apt-get install redis-server), needs sshpass (Debian: apt-get install sshpass)',
    ]);
  });

  it('refuses to skip in CI what could be installed', () => {
    process.env.CI = 'true';
    expect(() => needs(fakeDescribe([]), 'ping')).toThrow('needs ping (Debian: apt-get install iputils-ping)');
  });

  it('skips in CI, too, what could not', () => {
    process.env.CI = 'true';
    process.getuid = jest.fn(() => 1000);
    const told: string[] = [];
    needs(fakeDescribe(told), 'root')('the subject', () => {});
    expect(told).toEqual(['skip the subject: needs root (run the tests as root)']);
  });
});
