import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type Installation, markedProcesses, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const DEVICES = 1_000;
/** Of each device: the program and the one that it started, in the same process group. */
const PROCESSES = 2 * DEVICES;

let runyard: Installation;
afterEach(() => runyard.stop());

needs(describe, 'redis-server')('cancelling a run with 1,000 programs in work', () => {
  it('ends every one of them, with what they started', async () => {
    // Room for all of them in one worker: who takes how many slices is chance.
    runyard = await startInstallation({ workers: ['ams', 'ams'], env: { RUNYARD_SLOTS: String(DEVICES) } });
    const { client } = runyard;
    const mark = `cancel-${process.pid}`;
    await client.catalog.apply({
      catalog: {
        clusters: [{ name: 'ams' }],
        devices: Array.from({ length: DEVICES }, (_, index) => ({
          name: `d${String(index).padStart(4, '0')}`,
          address: '127.0.0.1',
          cluster: 'ams',
        })),
        pools: [{ name: 'all', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
        services: [
          {
            name: 'sleep',
            type: 'executable',
            filename: 'sh',
            args: ['-c', 'sleep 60 & wait'],
            env: { TEST_MARK: mark },
            passParams: false,
            timeout: '5m',
            targets: { pools: ['all'] },
          },
        ],
      },
    });
    const { id } = await client.runs.create({ service: 'sleep' });
    const started = () => markedProcesses('TEST_MARK', mark);
    await waitFor(
      async () => {
        const found = started().length;
        const { counts } = await client.runs.get(id);
        if (found !== PROCESSES) throw new Error(`${found} processes of ${PROCESSES}, ${JSON.stringify(counts)}`);
        return true;
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    );
    const left = new Set(started().map(({ pid }) => pid));
    const goneMs: number[] = [];
    const startMs = performance.now();
    await client.runs.cancel(id);
    const answeredMs = performance.now() - startMs;
    await waitFor(
      () => {
        for (const pid of left) {
          if (isAlive(pid)) continue;
          left.delete(pid);
          goneMs.push(performance.now() - startMs);
        }
        return left.size === 0;
      },
      { timeoutMs: 30_000, intervalMs: 20 },
    );
    expect(await untilEnded(client, id)).toBe('cancelled');
    const endedMs = performance.now() - startMs;
    expect(started()).toEqual([]);
    expect((await client.runs.get(id)).counts).toMatchObject({ total: DEVICES, cancelled: DEVICES, running: 0 });
    const at = (share: number) => (goneMs[Math.floor(share * (goneMs.length - 1))] ?? 0).toFixed(0);
    // Not asserted: it depends on the machine, and on what else it does.
    process.stdout.write(
      `cancel of ${DEVICES} programs: answered ${answeredMs.toFixed(0)} ms, processes gone p50 ${at(0.5)} ms, ` +
        `p99 ${at(0.99)} ms, last ${at(1)} ms, run ended ${endedMs.toFixed(0)} ms\n`,
    );
  });
});

/** A process that has ended and that nobody has asked for its exit code yet is gone: it does nothing any more. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
