import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { freePort } from './free-port.ts';
import { Stack } from './stack.ts';
import { withoutLogin } from './start-redis.ts';
import { createSteps } from './steps.ts';
import { type SignalSource, watchSignals } from './stop-signals.ts';
import { waitUntil } from './wait-until.ts';

describe('freePort', () => {
  const except =
    (...taken: number[]) =>
    async (port: number): Promise<boolean> =>
      !taken.includes(port);

  it('takes the wanted port when it is free', async () => {
    expect(await freePort(3000, '127.0.0.1', except(3001))).toBe(3000);
  });

  it('takes the next free port', async () => {
    expect(await freePort(3000, '127.0.0.1', except(3000, 3001))).toBe(3002);
  });

  it('says so when there is none, and asks for none that does not exist', async () => {
    const asked: number[] = [];
    const none = freePort(65_530, '127.0.0.1', async (port) => {
      asked.push(port);
      return false;
    });

    await expect(none).rejects.toThrow('No free port from 65530 to 65535');
    expect(Math.max(...asked)).toBe(65_535);
  });
});

describe('watchSignals', () => {
  function setup() {
    let nowMs = 0;
    const source = new EventEmitter();
    const signals = watchSignals(source as unknown as SignalSource, () => nowMs);
    let impatience = 0;
    signals.onSecond(() => (impatience += 1));
    const send = (signal: string, atMs: number): void => {
      nowMs = atMs;
      source.emit(signal, signal);
    };
    return { source, signals, send, impatience: () => impatience };
  }

  it('aborts at the first signal and is impatient at a later one', () => {
    const { signals, send, impatience } = setup();

    send('SIGINT', 10);
    expect(signals.signal.reason).toBe('SIGINT');
    expect(impatience()).toBe(0);
    send('SIGTERM', 5_000);
    expect(impatience()).toBe(1);
  });

  it('takes one Ctrl-C that npm passes on as well for one', () => {
    const { send, impatience } = setup();

    send('SIGINT', 10);
    send('SIGINT', 30);

    expect(impatience()).toBe(0);
  });

  it('listens no longer after it was disposed', () => {
    const { source, signals } = setup();

    signals.dispose();

    expect(source.eventNames()).toEqual([]);
  });
});

describe('Stack', () => {
  function part(name: string, told: string[], end: Promise<void> = Promise.resolve()) {
    return {
      stop: async () => {
        told.push(`stop ${name}`);
        await end;
        told.push(`${name} ended`);
      },
      kill: () => void told.push(`kill ${name}`),
    };
  }

  it('stops group by group, the last one first, and each group together', async () => {
    const told: string[] = [];
    const stack = new Stack();
    stack.add(part('redis', told));
    stack.add(part('ams', told), part('fra', told));

    await Promise.all([stack.stop(), stack.stop()]);

    expect(told).toEqual(['stop ams', 'stop fra', 'ams ended', 'fra ended', 'stop redis', 'redis ended']);
    expect(stack.isEmpty).toBe(true);
  });

  it('goes on when one part cannot be stopped', async () => {
    const told: string[] = [];
    const stack = new Stack();
    stack.add(part('redis', told));
    stack.add({ stop: () => Promise.reject(new Error('no')), kill: () => {} });

    await stack.stop();

    expect(told).toEqual(['stop redis', 'redis ended']);
  });

  it('ends by force what is left when the reader is impatient', async () => {
    const told: string[] = [];
    const stack = new Stack();
    let end = (): void => {};
    stack.add(part('redis', told));
    stack.add(part('worker', told, new Promise((resolve) => (end = resolve))));

    const stopped = stack.stop();
    stack.kill();
    end();
    await stopped;

    expect(told).toEqual([
      'stop worker',
      'kill redis',
      'kill worker',
      'worker ended',
      'kill redis',
      'stop redis',
      'redis ended',
    ]);
  });
});

describe('createSteps', () => {
  it('prints a line with the time when the work is done, and none when it failed', async () => {
    const lines: string[] = [];
    const times = [1_000, 2_500, 3_000];
    const steps = createSteps(
      (line) => lines.push(line),
      () => times.shift() ?? 0,
    );

    expect(
      await steps.run(
        async () => 7,
        (value) => `seven is ${value}`,
      ),
    ).toBe(7);
    await expect(steps.run(() => Promise.reject(new Error('no')), String)).rejects.toThrow('no');

    expect(lines).toEqual([expect.stringMatching(/^ {2}seven is 7 +1\.5 s$/)]);
  });
});

describe('waitUntil', () => {
  const running = new AbortController().signal;

  it('looks until the condition holds', async () => {
    let looks = 0;

    await waitUntil('it', () => (looks += 1) === 3, { timeoutMs: 10_000, signal: running, lookMs: 0 });

    expect(looks).toBe(3);
  });

  it('says what it waited for in vain', async () => {
    const waiting = waitUntil('the workers', () => false, { timeoutMs: -1, signal: running });

    await expect(waiting).rejects.toThrow('in vain for the workers');
  });

  it('ends when it is to stop', async () => {
    const waiting = waitUntil('it', () => false, { timeoutMs: 10_000, signal: AbortSignal.abort('enough') });

    await expect(waiting).rejects.toBe('enough');
  });
});

describe('withoutLogin', () => {
  it('shows an address without its password', () => {
    expect(withoutLogin('redis://user:secret@host:6379/0')).toBe('redis://host:6379/0');
    expect(withoutLogin('redis://host')).toBe('redis://host');
  });
});
