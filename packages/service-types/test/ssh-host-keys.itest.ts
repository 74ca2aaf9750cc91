import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Device } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { newHostKey } from './ssh-server.ts';
import { deviceAt, echo, type SshBench, sshTask, startSshBench } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

describe('ssh-command and host keys', () => {
  const strict: Partial<Device> = { ssh: {} };
  const acceptNew: Partial<Device> = { ssh: { hostKey: 'accept-new' } };

  it('refuses a host whose key is not known, before any password is sent', async () => {
    const server = await bench.serve();
    await expect(bench.type.run(sshTask(deviceAt(server.port, strict), echo))).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: expect.stringMatching(
        /known_hosts has no host key for \[127\.0\.0\.1\]:\d+\. 'r1' shows ecdsa-sha2-nistp256 SHA256:/,
      ),
    });
    expect(server.attempts).toEqual([]);
    await waitFor(() => server.open() === 0);
  });

  it('accepts a new key once, writes it down and then insists on it', async () => {
    const first = await bench.serve();
    expect(await bench.type.run(sshTask(deviceAt(first.port, acceptNew), echo))).toMatchObject({ success: true });
    expect(await readFile(bench.knownHostsFile, 'utf8')).toBe(`[127.0.0.1]:${first.port} ${first.publicKey}\n`);
    expect(await bench.type.run(sshTask(deviceAt(first.port, strict), echo))).toMatchObject({ success: true });

    const other = await bench.serve({ hostKey: newHostKey() });
    await writeFile(bench.knownHostsFile, `# moved\n[127.0.0.1]:${other.port} ${first.publicKey}\n`);
    for (const policy of [strict, acceptNew]) {
      await expect(bench.type.run(sshTask(deviceAt(other.port, policy), echo))).rejects.toMatchObject({
        code: 'HOST_KEY_CHANGED',
        message: expect.stringMatching(
          /shows ecdsa-sha2-nistp256 SHA256:\S+, but \S+known_hosts line 2 has ecdsa-sha2-nistp256 SHA256:\S+$/,
        ),
      });
    }
    expect(other.attempts).toEqual([]);
  });

  it('does not let a task that checks host keys use a connection of one that does not', async () => {
    const server = await bench.serve();
    expect(await bench.type.run(sshTask(deviceAt(server.port), echo))).toMatchObject({ success: true });
    await expect(bench.type.run(sshTask(deviceAt(server.port, strict), echo))).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
    });
  });
});
