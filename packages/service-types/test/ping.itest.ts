import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { deviceError, type JsonObject, type Task } from '@runyard/domain';
import { needs } from '@runyard/testkit';
import { createPing } from '../src/ping/ping.ts';
import { sampleDevice, sampleTask } from './sample-task.ts';

function pingTask(address: string, settings: JsonObject = {}, more: Partial<Task> = {}): Task {
  return sampleTask(settings, { device: { ...sampleDevice, address }, ...more });
}
async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));
const times = { min: expect.any(Number), avg: expect.any(Number), max: expect.any(Number) };

async function expectEndAtSignal(method: 'icmp' | 'tcp'): Promise<void> {
  const reason = deviceError('RUN_CANCELLED', 'stop');
  const stop = new AbortController();
  const settings = { method, count: 20, intervalMs: 60_000, port: 1 };
  const running = createPing().run(pingTask('127.0.0.1', settings, { signal: stop.signal }));
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
}

needs(describe, 'ping')('the type ping by ICMP', () => {
  it('asks by ICMP', async () => {
    expect(await createPing().run(pingTask('127.0.0.1', { count: 2 }))).toEqual({
      success: true,
      result: { sent: 2, received: 2, lossPercent: 0, rttMs: times },
      fields: { method: 'icmp' },
    });
  });

  it('tells a device that does not answer', async () => {
    const task = pingTask('192.0.2.254', { count: 1, timeoutMs: 100 });
    expect(await createPing().run(task)).toEqual({
      success: false,
      result: { sent: 1, received: 0, lossPercent: 100, rttMs: null },
      error: { code: 'DEVICE_UNREACHABLE', message: '192.0.2.254 answered none of 1 probes' },
      fields: { method: 'icmp' },
    });
  });

  it('tells a name without address', async () => {
    await expect(createPing().run(pingTask('device.invalid'))).rejects.toMatchObject({ code: 'DEVICE_UNREACHABLE' });
  });

  it('ends when the signal fires', () => expectEndAtSignal('icmp'));
});

const describeOnIpv6 = needs(describe, 'ping', 'IPv6 loopback');

describeOnIpv6('the type ping by ICMP over IPv6', () => {
  it('asks an address', async () => {
    expect(await createPing().run(pingTask('::1', { count: 1 }))).toMatchObject({ success: true });
  });
});

describe('the type ping', () => {
  it.each(['-f', '--help', '-c1 127.0.0.1', '127.0.0.1 -f', '', 'a\nb', '$(id)', 'x'.repeat(300)])(
    'does not take %j for an address',
    async (address) => {
      for (const method of ['icmp', 'tcp']) {
        await expect(createPing().run(pingTask(address, { method }))).rejects.toMatchObject({
          code: 'DEVICE_UNREACHABLE',
          message: expect.stringContaining('neither an address nor a name'),
        });
      }
    },
  );

  it('tells what to install when there is no ping', async () => {
    const ping = createPing({ inherited: { PATH: '/nowhere' } });
    await expect(ping.run(pingTask('127.0.0.1'))).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining('iputils-ping'),
    });
  });

  it('ends when the signal fires', () => expectEndAtSignal('tcp'));

  it('needs a device', async () => {
    await expect(createPing().run(sampleTask({}, { device: null }))).rejects.toMatchObject({
      code: 'DEVICE_UNREACHABLE',
    });
  });

  it('asks by TCP at the port of the setting, else of the device', async () => {
    const { server, port } = await listen();
    const expected = {
      success: true,
      result: { sent: 2, received: 2, lossPercent: 0, rttMs: times },
      fields: { method: 'tcp', port },
    };
    const device = { ...sampleDevice, address: '127.0.0.1', port };
    expect(await createPing().run(pingTask('127.0.0.1', { method: 'tcp', count: 2, port }))).toEqual(expected);
    expect(await createPing().run(sampleTask({ method: 'tcp', count: 2 }, { device }))).toEqual(expected);
    await closed(server);
    expect(await createPing().run(sampleTask({ method: 'tcp', count: 1 }, { device }))).toMatchObject({
      success: false,
      result: { sent: 1, received: 0 },
      error: { code: 'DEVICE_UNREACHABLE', message: `127.0.0.1 port ${port} answered none of 1 probes` },
    });
  });
});
