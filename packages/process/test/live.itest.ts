import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';

const LIVE = new URL('../src/live.ts', import.meta.url).href;

const children: ReturnType<typeof start>[] = [];
afterEach(() => {
  for (const { child } of children.splice(0)) child.kill('SIGKILL');
});

/** A process that lives for a thing which stops as the text of its method says. */
function start(stop: string, stopMaxMs: number) {
  const script = `
    import { live } from '${LIVE}';
    const say = (message) => console.log(message);
    const log = { debug: say, info: say, warn: say, error: say };
    setInterval(() => undefined, 60_000);
    await live({ start: async () => undefined, stop: ${stop} }, log, [], { stopMaxMs: ${stopMaxMs} });
    console.log('started');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return { child, exited, output: child.stdout.setEncoding('utf8') };
}

async function toldToStop(stop: string, stopMaxMs: number) {
  const started = start(stop, stopMaxMs);
  children.push(started);
  let said = '';
  let isTold = false;
  for await (const text of started.output) {
    said += String(text);
    if (!isTold && said.includes('started')) isTold = started.child.kill('SIGTERM');
  }
  return { exit: await started.exited, said };
}

describe('a process that is told to stop', () => {
  it('ends well when its thing has stopped', async () => {
    const { exit, said } = await toldToStop('async () => undefined', 30_000);
    expect(exit).toEqual([0, null]);
    expect(said).not.toContain('in time');
  });

  it('ends all the same, with an error, when its thing never stops', async () => {
    const { exit, said } = await toldToStop('() => new Promise(() => undefined)', 50);
    expect(exit).toEqual([1, null]);
    expect(said).toContain('did not stop in time');
  });

  it('ends with an error when its thing cannot stop', async () => {
    const { exit, said } = await toldToStop("async () => { throw new Error('no') }", 30_000);
    expect(exit).toEqual([1, null]);
    expect(said).toContain('could not stop cleanly');
  });
});
