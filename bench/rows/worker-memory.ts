import { readFileSync } from 'node:fs';
import type { Bench } from '../harness/bench.ts';
import { startFleet } from '../harness/fleet.ts';
import type { Figure } from '../harness/row.ts';
import { call, type RunAnswer } from '../harness/run-client.ts';
import { putCatalog, putService, startGateway, startWorker } from '../harness/system.ts';
import { catalogOf } from './ssh-fleet.ts';

/** Longer than it takes to connect to all of them. */
const SLEEP_SECONDS = 300;
const SETTLE_MS = 3_000;
const CONNECT_MS_EACH = 8;
const RUNNING_MS_MAX = 120_000;

/** P10: resident memory of a worker, idle and with many devices that take their time. */
export async function workerMemory(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.size(500, 2_000);
  // A device counts as running before it is connected, so the time for connecting is simply waited.
  const connectMs = SETTLE_MS + count * CONNECT_MS_EACH;
  const fleet = await startFleet(bench, count, 0);
  const settings = { commands: [`sleep ${SLEEP_SECONDS}`], mode: 'exec' };
  const slow = putService({ name: 'slow', type: 'ssh-command', settings, timeoutMs: SLEEP_SECONDS * 1_000 });
  await putCatalog(bench, [...catalogOf(fleet), slow]);
  const gateway = await startGateway(bench);
  const worker = await startWorker(bench, { RUNYARD_SLOTS: String(count), RUNYARD_SLICES: '200' });
  await pause(SETTLE_MS);
  const idleKb = residentKb(worker.pid);
  const { body: run } = await call<RunAnswer>(gateway, 'POST', '/v1/runs', { service: 'slow', pools: ['all'] });
  await untilRunning(gateway, run.id, count);
  await pause(connectMs);
  const busyKb = residentKb(worker.pid);
  await call(gateway, 'POST', `/v1/runs/${run.id}/cancel`);

  const bare = await bench.script('floors/ssh2-fleet.ts');
  const bareIdleKb = residentKb(bare.pid);
  const { devices, username, privateKey } = fleet;
  const command = `sleep ${SLEEP_SECONDS}`;
  bare.ask('run', { devices, username, privateKey, parallel: count, command }).catch(() => undefined);
  await pause(connectMs);
  const bareBusyKb = residentKb(bare.pid);
  bare.kill();
  await bench.stop(gateway.child, worker, bare, fleet.child);
  return [
    {
      figure: 'resident memory of an idle worker',
      value: idleKb / 1_024,
      unit: 'MB',
      floor: bareIdleKb / 1_024,
      floorName: 'node + ssh2',
      goal: { text: '≤ 80 MB', of: 'value', most: 80 },
      spread: null,
    },
    {
      figure: `resident memory per SSH device in flight, ${count} devices in a slow command`,
      value: (busyKb - idleKb) / count,
      unit: 'KB',
      floor: (bareBusyKb - bareIdleKb) / count,
      floorName: 'node + ssh2',
      goal: { text: '≤ 60 KB', of: 'value', most: 60 },
      spread: null,
    },
  ];
}

async function untilRunning(gateway: Parameters<typeof call>[0], id: string, count: number): Promise<void> {
  const endMs = Date.now() + RUNNING_MS_MAX;
  for (;;) {
    const { body } = await call<RunAnswer>(gateway, 'GET', `/v1/runs/${id}`);
    if (body.counts['running'] === count) return;
    if (Date.now() > endMs) throw new Error(`not all devices are running: ${JSON.stringify(body)}`);
    await pause(200);
  }
}

/** Needs /proc, so Linux only. */
function residentKb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
