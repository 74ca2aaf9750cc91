import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KnownHostsFile, knownHostName } from './known-hosts-file.ts';

const ED = 'AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1';
const RSA = 'AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7';

function keysOf(text: string, host: string, port = 22): string[] {
  return new KnownHostsFile(text).keysOf(knownHostName(host, port)).map(({ key, line }) => `${line} ${key}`);
}

describe('KnownHostsFile', () => {
  it('finds the keys of a host with the lines they stand in', () => {
    const text = `# my hosts\n\nr1,192.0.2.1 ssh-ed25519 ${ED} comment here\nr2 ssh-rsa ${RSA}\n192.0.2.1 ssh-rsa ${RSA}\n`;
    expect(keysOf(text, '192.0.2.1')).toEqual([`3 ${ED}`, `5 ${RSA}`]);
    expect(keysOf(text, 'R2')).toEqual([`4 ${RSA}`]);
    expect(keysOf(text, 'r3')).toEqual([]);
  });

  it('tells ports apart, and reads [host]:22 as host', () => {
    const text = `[r1]:2222 ssh-rsa ${RSA}\n[r1]:22 ssh-ed25519 ${ED}\n`;
    expect(keysOf(text, 'r1', 2222)).toEqual([`1 ${RSA}`]);
    expect(keysOf(text, 'r1')).toEqual([`2 ${ED}`]);
  });

  it('matches hashed names', () => {
    const salt = Buffer.from('0123456789abcdefghij');
    const hash = createHmac('sha1', salt).update('[r1]:2222').digest('base64');
    const text = `|1|${salt.toString('base64')}|${hash} ssh-ed25519 ${ED}\n`;
    expect(keysOf(text, 'r1', 2222)).toEqual([`1 ${ED}`]);
    expect(keysOf(text, 'r1')).toEqual([]);
  });

  it('matches patterns, and leaves out what an exclamation mark excludes', () => {
    const text = `*.lab.example,!secret.lab.example ssh-ed25519 ${ED}\n10.0.0.? ssh-rsa ${RSA}\n`;
    expect(keysOf(text, 'r1.lab.example')).toEqual([`1 ${ED}`]);
    expect(keysOf(text, 'secret.lab.example')).toEqual([]);
    expect(keysOf(text, '10.0.0.7')).toEqual([`2 ${RSA}`]);
    expect(keysOf(text, '10.0.0.77')).toEqual([]);
  });

  it('marks revoked keys, trusts no certificate authority and skips lines that make no sense', () => {
    const text = `@revoked * ssh-rsa ${RSA}\n@cert-authority * ssh-ed25519 ${ED}\nnonsense\nr1 ssh-rsa\n`;
    const keys = new KnownHostsFile(text).keysOf('r1');
    expect(keys).toEqual([{ line: 1, type: 'ssh-rsa', key: RSA, revoked: true }]);
  });
});
