import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, isPortFree } from '../src/up/free-port.ts';
import { chooseNode } from '../src/up/node-binary.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('freePort', () => {
  it('passes over a port on which somebody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const found = await freePort(port, '127.0.0.1');
    server.close();
    await once(server, 'close');

    expect(found).toBeGreaterThan(port);
    expect(await isPortFree(port, '127.0.0.1')).toBe(true);
  });

  it('rejects when the address is not one of this machine', async () => {
    await expect(isPortFree(3000, '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
  });
});

describe('chooseNode', () => {
  const old = { command: '/usr/bin/node', version: '20.19.0' };

  function bundle(script: string): string {
    const bin = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'node'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'node'), 0o755);
    return join(bin, 'node');
  }

  it('takes the newer Node of node_modules when the own one is slow', async () => {
    const command = bundle('echo v24.21.0');

    expect(await chooseNode(folder, old)).toEqual({ command, version: '24.21.0', isBundled: true });
  });

  it('stays with the own one when the other does not run on this system', async () => {
    bundle('exit 127');

    expect(await chooseNode(folder, old)).toEqual({ ...old, isBundled: false });
  });

  it('stays with the own one when there is no other', async () => {
    expect(await chooseNode(folder, old)).toEqual({ ...old, isBundled: false });
  });

  it('does not look further when the own one is quick', async () => {
    bundle('echo v24.21.0');

    expect(await chooseNode(folder, { command: '/n', version: '22.1.0' })).toMatchObject({ command: '/n' });
  });
});
