import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HostKeyPolicy } from '@runyard/domain';
import { KnownHosts } from './known-hosts.ts';

let folder: string;
let file: string;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'known-hosts-'));
  file = join(folder, 'sub', 'known_hosts');
  nowMs = 0;
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function key(type: string, seed: string): Buffer {
  const name = Buffer.alloc(4 + type.length);
  name.writeUInt32BE(type.length);
  name.write(type, 4);
  return Buffer.concat([name, Buffer.from(seed)]);
}

function setup() {
  const hosts = new KnownHosts(file, undefined, () => nowMs);
  const check = (blob: Buffer, policy: HostKeyPolicy = 'strict', port = 2222) =>
    hosts.check({ device: 'r1', host: '192.0.2.1', port, policy, key: blob });
  return { hosts, check };
}

describe('KnownHosts', () => {
  it('refuses a host that is not in the file, even when there is no file', async () => {
    const { check } = setup();
    const error = await check(key('ssh-ed25519', 'one'));
    expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    expect(error?.message).toMatch(
      /known_hosts has no host key for \[192\.0\.2\.1\]:2222.* ssh-ed25519 SHA256:[\w+/]{43}$/,
    );
  });

  it('writes a new key down where the policy accepts new ones, once for many who ask at the same time', async () => {
    const { check } = setup();
    const blob = key('ssh-ed25519', 'one');
    expect(await Promise.all([1, 2, 3].map(() => check(blob, 'accept-new')))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await readFile(file, 'utf8')).toBe(`[192.0.2.1]:2222 ssh-ed25519 ${blob.toString('base64')}\n`);
    expect(await check(blob, 'strict')).toBeUndefined();
  });

  it('refuses another key than the known one, with file, line and both fingerprints', async () => {
    const { hosts, check } = setup();
    await check(key('ssh-ed25519', 'one'), 'accept-new');
    nowMs += 5_000;
    const error = await check(key('ssh-ed25519', 'two'), 'accept-new');
    expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED' });
    expect(error?.message).toMatch(
      /'r1' .* shows ssh-ed25519 SHA256:\S+, but .*known_hosts line 1 has ssh-ed25519 SHA256:\S+$/,
    );
    expect(await hosts.keyTypes('192.0.2.1', 2222)).toEqual(['ssh-ed25519']);
  });

  it('takes a new key of another type for a changed one', async () => {
    const { check } = setup();
    await check(key('ssh-ed25519', 'one'), 'accept-new');
    expect(await check(key('ssh-rsa', 'two'), 'accept-new')).toMatchObject({ code: 'HOST_KEY_CHANGED' });
  });

  it('refuses a revoked key whatever else the file says', async () => {
    const { check } = setup();
    const blob = key('ssh-ed25519', 'one');
    await check(blob, 'accept-new');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}@revoked * ssh-ed25519 ${blob.toString('base64')}\n`);
    nowMs += 5_000;
    expect(await check(blob)).toMatchObject({
      code: 'HOST_KEY_CHANGED',
      message: expect.stringContaining('line 2 revokes'),
    });
    expect(await check(blob, 'off')).toBeUndefined();
  });

  it('sees at once what somebody else added, before it refuses', async () => {
    const { check } = setup();
    const blob = key('ssh-ed25519', 'one');
    expect(await check(blob)).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    const other = new KnownHosts(file);
    await other.check({ device: 'r1', host: '192.0.2.1', port: 2222, policy: 'accept-new', key: blob });
    expect(await check(blob)).toBeUndefined();
  });

  it('begins a line of its own when the file does not end in one', async () => {
    const { check } = setup();
    await check(key('ssh-ed25519', 'one'), 'accept-new');
    await writeFile(file, (await readFile(file, 'utf8')).trimEnd());
    nowMs += 5_000;
    expect(await check(key('ssh-ed25519', 'one'), 'accept-new', 22)).toBeUndefined();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
  });
});
