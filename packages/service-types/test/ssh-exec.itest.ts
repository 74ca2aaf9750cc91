import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { finish } from './ssh-server.ts';
import { deviceAt, echo, type SshBench, sshTask, startSshBench } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

describe('ssh-command and commands by exec', () => {
  it('gives the output of one command as the result', async () => {
    const server = await bench.serve();
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['show {{ device.name }}'] }));
    expect(outcome).toEqual({ success: true, result: 'ran show r1\n', fields: { command: 'show r1', return_code: 0 } });
  });

  it('gives several outputs together and one by one, and logs each', async () => {
    const server = await bench.serve();
    const task = sshTask(deviceAt(server.port), { commands: ['a', 'b'] });
    expect(await bench.type.run(task)).toEqual({
      success: true,
      result: 'ran a\n\nran b\n',
      fields: {
        command: 'a\nb',
        return_code: 0,
        commands: [
          { command: 'a', output: 'ran a\n', exit_code: 0 },
          { command: 'b', output: 'ran b\n', exit_code: 0 },
        ],
      },
    });
    expect(task.lines).toEqual(['1 of 2, a: 6 bytes of output', '2 of 2, b: 6 bytes of output']);
    expect(server.accepted()).toBe(1);
  });

  it('stops at a command that failed and keeps what it said', async () => {
    const server = await bench.serve({
      onExec: (channel, command) => {
        channel.write(`out of ${command}\n`);
        channel.stderr.write('bad\nvery bad\n');
        finish(channel, command === 'b' ? 3 : 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'] }));
    expect(outcome).toMatchObject({
      success: false,
      error: { code: 'COMMAND_FAILED', message: "'b' ended with exit code 3: very bad" },
      result: 'out of a\n\nout of b\n',
      fields: { command: 'a\nb', return_code: 3 },
    });
    const all = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'], stopOnError: false }));
    expect(all).toMatchObject({ success: false, fields: { command: 'a\nb\nc', return_code: 3 } });
  });

  it('takes a device that tells no exit code at its word', async () => {
    const server = await bench.serve({ onExec: (channel) => channel.end('fine\n') });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect(outcome).toEqual({ success: true, result: 'fine\n', fields: { command: 'hello' } });
  });

  it('sees in the output that a router refused, whatever the exit code', async () => {
    const server = await bench.serve({
      onExec: (channel) => {
        channel.write('% Unknown command: hello\n');
        finish(channel, 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port, { platform: 'frr' }), echo));
    expect(outcome).toMatchObject({ success: false, error: { message: "'hello': % Unknown command: hello" } });
  });

  it('names the mode when a device runs no commands without a shell', async () => {
    const server = await bench.serve({ allowsExec: false });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('use mode shell'),
    });
  });

  it('cuts output at one mebibyte with a mark, and refuses to make data of half an output', async () => {
    const server = await bench.serve({
      onExec: (channel) => {
        channel.write('x'.repeat(3_000_000));
        finish(channel, 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect(outcome).toMatchObject({ success: true, fields: { output_cut: true } });
    expect(outcome.result).toMatch(/^x{1048576}\n\[output cut: larger than 1048576 bytes\]$/);
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo, {}, { convert: 'json' }))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
  });

  it('ends a command whose output does not end', async () => {
    const server = await bench.serve({
      onExec: (channel) => {
        const chunk = Buffer.alloc(1_048_576, 'x');
        const pour = (): void => {
          while (channel.writable && channel.write(chunk));
        };
        channel.on('drain', pour);
        channel.on('error', () => undefined);
        pour();
      },
    });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await waitFor(() => server.open() === 0);
  });

  it('only shows the commands in a check', async () => {
    const server = await bench.serve();
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b'] }, { check: true }));
    expect(outcome).toEqual({ success: true, result: 'a\nb', fields: { command: 'a\nb', check: true } });
    expect(server.accepted()).toBe(0);
  });
});
