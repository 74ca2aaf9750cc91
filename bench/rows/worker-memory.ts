import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, ROOT } from '../harness/bench.ts';
import type { Child } from '../harness/child-process.ts';
import { type Fleet, startFleet } from '../harness/fleet.ts';
import { summarize } from '../harness/rounds.ts';
import { type Figure, valueAtMost } from '../harness/row.ts';
import { call, type RunAnswer } from '../harness/run-client.ts';
import { type Gateway, putCatalog, putService, startGateway, startWorker } from '../harness/system.ts';
import { catalogOf } from './ssh-fleet.ts';

/** Longer than a round takes. */
const SLEEP_SECONDS = 900;
/**
 * V8 looks for the garbage of a start, and gives its memory back, when a process has been idle for eight seconds, or
 * for the second eight. Whoever looks earlier measures that garbage, which is more than hundreds of devices take.
 */
const SETTLE_MS = 20_000;
const CONNECT_MS_EACH = 8;
const RUNNING_MS_MAX = 120_000;

/** Resident memory in KB, settled each time. */
interface Memory {
  readonly idle: number;
  /** With a part of the devices in flight, when all code that they need is loaded and warm. */
  readonly few: number;
  readonly many: number;
}

/** P10: resident memory of a worker, idle and for each device that takes its time. */
export async function workerMemory(bench: Bench): Promise<readonly Figure[]> {
  // A worker has 1,000 SSH connections at most; beyond that devices wait for one and take less.
  const count = bench.size(500, 1_000);
  const few = count / 5;
  const fleet = await startFleet(bench, count, 0);
  const settings = { commands: [`sleep ${SLEEP_SECONDS}`], mode: 'exec' };
  const slow = putService({ name: 'slow', type: 'ssh-command', settings, timeoutMs: SLEEP_SECONDS * 1_000 });
  await putCatalog(bench, [...catalogOf(fleet), slow]);
  const gateway = await startGateway(bench);
  const ours: Memory[] = [];
  const bare: Memory[] = [];
  for (let round = 1; round <= bench.options.rounds; round += 1) {
    // Side by side: memory, unlike time, does not depend on what else runs.
    const [worker, ssh2] = await Promise.all([
      measureWorker(bench, gateway, fleet, few),
      measureSsh2(bench, fleet, few),
    ]);
    bench.say(`  round ${round}/${bench.options.rounds}  ours: ${text(worker)}; node + ssh2: ${text(ssh2)}`);
    ours.push(worker);
    bare.push(ssh2);
  }
  await bench.stop(gateway.child, fleet.child);
  const perDevice = ({ few: before, many: after }: Memory): number => (after - before) / (count - few);
  const idle = summarize(ours.map((memory) => memory.idle / 1_024));
  const each = summarize(ours.map(perDevice));
  return [
    {
      figure: 'resident memory of an idle worker',
      value: idle.median,
      unit: 'MB',
      floor: summarize(bare.map((memory) => memory.idle / 1_024)).median,
      floorName: 'node + ssh2',
      goal: valueAtMost(80, 'MB'),
      spread: idle.spread,
    },
    {
      figure: `resident memory per SSH device in flight, ${count} devices in a slow command`,
      value: each.median,
      unit: 'KB',
      floor: summarize(bare.map(perDevice)).median,
      floorName: 'node + ssh2',
      goal: valueAtMost(60, 'KB'),
      spread: each.spread,
    },
  ];
}

async function measureWorker(bench: Bench, gateway: Gateway, fleet: Fleet, few: number): Promise<Memory> {
  const { length } = fleet.devices;
  const worker = await startWorker(bench, { RUNYARD_SLOTS: String(length), RUNYARD_SLICES: '200' });
  const runs: string[] = [];
  const run = async (devices: Fleet['devices']): Promise<void> => {
    const names = devices.map(({ name }) => name);
    const { body } = await call<RunAnswer>(gateway, 'POST', '/v1/runs', { service: 'slow', devices: names });
    runs.push(body.id);
    await untilRunning(gateway, body.id, names.length);
  };
  const memory = await measure(worker, fleet.devices, few, run);
  for (const id of runs) await call(gateway, 'POST', `/v1/runs/${id}/cancel`);
  await bench.stop(worker);
  await bench.redis.clear('ours');
  return memory;
}

async function measureSsh2(bench: Bench, { devices, username, privateKey }: Fleet, few: number): Promise<Memory> {
  const plain = bench.program('ssh2-idle', [join(ROOT, 'bench', 'floors', 'ssh2-idle.mjs')]);
  const busy = await bench.script('floors/ssh2-fleet.ts');
  const command = `sleep ${SLEEP_SECONDS}`;
  const run = async (some: Fleet['devices']): Promise<void> => {
    busy.ask('run', { devices: some, username, privateKey, parallel: some.length, command }).catch(() => undefined);
  };
  const memory = await measure(busy, devices, few, run);
  const idle = residentKb(plain.pid);
  busy.kill();
  await bench.stop(plain, busy);
  return { ...memory, idle };
}

/** What is loaded and made once is there with the first devices, so the rest show what each of them takes. */
async function measure(
  child: Child,
  devices: Fleet['devices'],
  few: number,
  run: (devices: Fleet['devices']) => Promise<void>,
): Promise<Memory> {
  // A device counts as running before it is connected, so the time for connecting is simply waited.
  const settledWith = async (some: Fleet['devices']): Promise<number> => {
    if (some.length > 0) await run(some);
    await pause(some.length * CONNECT_MS_EACH + SETTLE_MS);
    return residentKb(child.pid);
  };
  const idle = await settledWith([]);
  const withFew = await settledWith(devices.slice(0, few));
  const withMany = await settledWith(devices.slice(few));
  return { idle, few: withFew, many: withMany };
}

function text({ idle, few, many }: Memory): string {
  return [idle, few, many].map((kb) => (kb / 1_024).toFixed(1)).join(', ');
}

async function untilRunning(gateway: Gateway, id: string, count: number): Promise<void> {
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
