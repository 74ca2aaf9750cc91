import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Task } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { finish, type SshServer } from './ssh-server.ts';
import { admin, deviceAt, echo, type SshBench, sshTask, startSshBench, timeoutReason } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

describe('ssh-command and reuse of connections', () => {
  it('uses one connection for many tasks, one after the other', async () => {
    const server = await bench.serve();
    for (let round = 0; round < 5; round += 1) await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect([server.accepted(), server.commands.length]).toEqual([1, 5]);
  });

  it('shares no connection between credentials', async () => {
    const server = await bench.serve();
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    const wrong = sshTask(deviceAt(server.port), echo, { credential: { ...admin, password: 'wrong' } });
    await expect(bench.type.run(wrong)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('opens no more connections to a device than it allows', async () => {
    let running = 0;
    let runningMax = 0;
    const held: (() => void)[] = [];
    const server = await bench.serve({
      onExec: (channel) => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        held.push(() => {
          running -= 1;
          finish(channel, 0);
        });
      },
    });
    const device = deviceAt(server.port, { ssh: { hostKey: 'off', sessions: 2 } });
    const runs = Promise.all([1, 2, 3, 4, 5].map(() => bench.type.run(sshTask(device, echo))));
    for (let ended = 0; ended < 5; ended += 1) (await waitFor(() => held.shift()))();
    await runs;
    expect([runningMax, server.accepted()]).toEqual([2, 2]);
  });

  it('lets a task that waits for a session go when it is aborted', async () => {
    const held: (() => void)[] = [];
    const server = await bench.serve({ onExec: (channel) => held.push(() => finish(channel, 0)) });
    const device = deviceAt(server.port, { ssh: { hostKey: 'off', sessions: 1 } });
    const first = bench.type.run(sshTask(device, echo));
    const end = await waitFor(() => held.shift());
    const controller = new AbortController();
    const second = bench.type.run(sshTask(device, echo, { signal: controller.signal }));
    const third = bench.type.run(sshTask(device, echo));
    controller.abort(timeoutReason());
    await expect(second).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    end();
    (await waitFor(() => held.shift()))();
    expect(await Promise.all([first, third])).toHaveLength(2);
  });

  it('connects again when a kept connection has died, and runs the command once', async () => {
    const server = await bench.serve();
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    server.drop();
    expect(await bench.type.run(sshTask(deviceAt(server.port), echo))).toMatchObject({ success: true });
    expect([server.accepted(), server.commands.length]).toEqual([2, 2]);
  });

  it('connects again when a kept connection does not answer any more', async () => {
    let sessions = 0;
    const server = await bench.serve({ ignoresSession: () => (sessions += 1) === 2 });
    const task = () => sshTask(deviceAt(server.port), { ...echo, connectTimeoutMs: 500 });
    await bench.type.run(task());
    expect(await bench.type.run(task())).toMatchObject({ success: true });
    expect([server.accepted(), server.commands.length]).toEqual([2, 2]);
  });

  it('never sends a command again that was lost with a kept connection', async () => {
    let drops = false;
    const server = await bench.serve({
      onExec: (channel) => {
        if (drops) server.drop();
        else finish(channel, 0);
      },
    });
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    drops = true;
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(server.commands).toEqual(['hello', 'hello']);
  });

  it('never sends a command again that the device may have got before the connection ended', async () => {
    const server = await bench.serve({ dropsExec: (number) => number === 2 });
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining("when 'hello' had been sent"),
    });
    expect(server.commands).toEqual(['hello', 'hello']);
  });

  it('takes a new connection for each command where the device ends it after one', async () => {
    const server = await bench.serve({
      onExec: (channel, command, connection) => {
        channel.write(`ran ${command}\n`);
        finish(channel, 0);
        setImmediate(() => connection.end());
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'] }));
    expect(outcome).toMatchObject({ success: true, result: 'ran a\n\nran b\n\nran c\n' });
    expect([server.commands, server.accepted()]).toEqual([['a', 'b', 'c'], 3]);
  });

  it('closes the connection that was unused longest when there are too many, and idle ones after a while', async () => {
    const small = await startSshBench({ sessionsMax: 2, idleMs: 150 });
    bench.afterwards(() => small.close());
    const servers = [await bench.serve(), await bench.serve(), await bench.serve()];
    for (const { port } of servers) await small.type.run(sshTask(deviceAt(port), echo));
    await waitFor(() => servers[0]?.open() === 0);
    expect(servers.map((server) => server.accepted())).toEqual([1, 1, 1]);
    await waitFor(() => servers.every((server) => server.open() === 0));
  });

  it('closes everything when it stops, and refuses further tasks', async () => {
    const server = await bench.serve({ onExec: () => undefined });
    const run = bench.type.run(sshTask(deviceAt(server.port), echo));
    await waitFor(() => server.commands.length === 1);
    await Promise.all([expect(run).rejects.toMatchObject({ code: 'CONNECTION_LOST' }), bench.type.stop()]);
    await waitFor(() => server.open() === 0);
    await bench.type.stop();
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });
});

describe('ssh-command and jump hosts', () => {
  const through =
    (jump: SshServer): Task['lookup'] =>
    async (name) => ({
      device: deviceAt(jump.port, { name }),
      credential: { name: 'jump', username: 'hop', password: 'over' },
    });
  const jumping = { ssh: { hostKey: 'off', jump: 'bastion' } } as const;

  it('reaches many devices through one connection to the jump host', async () => {
    const jump = await bench.serve({ username: 'hop', password: 'over', allowsForwarding: () => true });
    const servers = [await bench.serve(), await bench.serve(), await bench.serve()];
    const runs = servers.map(({ port }) =>
      bench.type.run(sshTask(deviceAt(port, jumping), echo, { lookup: through(jump) })),
    );
    for (const outcome of await Promise.all(runs))
      expect(outcome).toMatchObject({ success: true, result: 'ran hello\n' });
    expect(jump.accepted()).toBe(1);
  });

  it('names the jump host when it is the one that fails', async () => {
    const closed = await bench.serve();
    await closed.close();
    const target = await bench.serve();
    const task = (jump: SshServer) => sshTask(deviceAt(target.port, jumping), echo, { lookup: through(jump) });
    await expect(bench.type.run(task(closed))).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringMatching(/^Jump host 'bastion': .* refused the connection$/),
    });
    const wrong = await bench.serve({ username: 'hop', password: 'other' });
    await expect(bench.type.run(task(wrong))).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining("Jump host 'bastion': "),
    });
    const forbids = await bench.serve({ username: 'hop', password: 'over', allowsForwarding: () => false });
    await expect(bench.type.run(task(forbids))).rejects.toMatchObject({
      code: expect.stringMatching(/^(CONNECTION_REFUSED|DEVICE_UNREACHABLE)$/),
      message: expect.stringContaining("Jump host 'bastion': it "),
    });
  });

  it('connects to the jump host again after it went away', async () => {
    const jump = await bench.serve({ username: 'hop', password: 'over', allowsForwarding: () => true });
    const target = await bench.serve();
    const run = () => bench.type.run(sshTask(deviceAt(target.port, jumping), echo, { lookup: through(jump) }));
    await run();
    jump.drop();
    await waitFor(() => target.open() === 0);
    expect(await run()).toMatchObject({ success: true });
    expect(jump.accepted()).toBe(2);
  });

  it('ends a circle of jump hosts', async () => {
    const lookup: Task['lookup'] = async (name) => ({ device: deviceAt(1, { name, ...jumping }), credential: admin });
    await expect(bench.type.run(sshTask(deviceAt(1, jumping), echo, { lookup }))).rejects.toMatchObject({
      code: 'DEVICE_UNREACHABLE',
      message: expect.stringContaining('More than 4 jump hosts'),
    });
  });
});
