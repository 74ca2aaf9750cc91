import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@runyard/testkit';
import type { Lab } from './lab.ts';
import { acceptedRuns } from './loads.ts';
import type { CellPlan, FaultName } from './plan.ts';

export interface FaultSpan {
  readonly startedAtMs: number;
  /** Recovery counts from here: the begin of the fault, or its end when nothing can work while it lasts. */
  readonly recoversFromMs: number;
  /** The worker whose slices others have to take over. */
  readonly lostOwner: string | null;
}

type Fault = (lab: Lab, plan: CellPlan) => Promise<string | null>;

const LEASE_MS = 5_000;
const LATENCY_MS = 200;
const SLOW_FOR_MS = 5_000;
const FULL_FOR_MS = 3_000;
const DOWN_FOR_MS = 300;
const CANCELS = 300;
const CANCEL_EVERY_MS = 10;
const NEWEST = 4;
/** Room that a full Redis still has: enough for answers, not for a run. */
const ROOM_BYTES = 16_384;

const ACTIONS: Readonly<Record<FaultName, Fault>> = {
  'kill-worker': async (lab, { victim }) => {
    const { id, process } = workerOf(lab, victim);
    process.signal('SIGKILL');
    await waitFor(() => !process.isAlive());
    return id;
  },
  'stop-worker': async (lab, { victim }) => {
    const { id, process } = workerOf(lab, victim);
    process.signal('SIGSTOP');
    await sleep(2 * LEASE_MS);
    process.signal('SIGCONT');
    return id;
  },
  'kill-gateway': async (lab, { victim }) => {
    const [gateway] = lab.gateways.splice(victim, 1);
    gateway?.process.signal('SIGKILL');
    await waitFor(() => gateway?.process.isAlive() === false);
    await lab.startGateway();
    return null;
  },
  'kill-redis': async ({ runyard: { redis } }) => {
    await redis.server.kill();
    await sleep(DOWN_FOR_MS);
    await redis.server.restart();
    return null;
  },
  'restart-redis': async ({ runyard: { redis } }) => {
    await redis.server.restart();
    return null;
  },
  'half-open': async (lab, { victim }) => {
    const { id, proxy } = workerOf(lab, victim);
    proxy.freeze();
    await sleep(2 * LEASE_MS);
    // What was under way arrives late, as from a network that had only lost its way: fencing has to refuse it.
    proxy.thaw();
    return id;
  },
  latency: async (lab) => {
    for (const proxy of lab.proxies) proxy.latencyMs = LATENCY_MS;
    await sleep(SLOW_FOR_MS);
    for (const proxy of lab.proxies) proxy.latencyMs = 0;
    return null;
  },
  'out-of-memory': async ({ runyard: { redis } }) => {
    const memory = await redis.ask('INFO', 'memory');
    const usedBytes = Number(/^used_memory:(\d+)/m.exec(memory)?.[1]);
    await redis.ask('CONFIG', 'SET', 'maxmemory', String(usedBytes + ROOM_BYTES));
    await sleep(FULL_FOR_MS);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    return null;
  },
  cancels: async (lab, { load }) => {
    const calls: Promise<unknown>[] = [];
    let fired: string[] = [];
    for (let count = 0; count < CANCELS; count += 1) {
      // One of the newest: the others have ended. What schedules started, nobody was given.
      if (load === 'schedules' && count % NEWEST === 0) fired = await newestRuns(lab).catch(() => fired);
      const run = (load === 'schedules' ? fired : acceptedRuns(lab)).at(-1 - (count % NEWEST));
      const { client } = lab.gateways[count % lab.gateways.length] ?? {};
      // A run that has ended meanwhile is refused, and that is right.
      if (run !== undefined && client) calls.push(client.runs.cancel(run).catch(() => undefined));
      await sleep(CANCEL_EVERY_MS);
    }
    await Promise.all(calls);
    return null;
  },
};

async function newestRuns(lab: Lab): Promise<string[]> {
  const page = await lab.gateways.at(-1)?.client.runs.list({ limit: NEWEST });
  return (page?.items ?? []).map(({ id }) => id).toReversed();
}

/** Nothing works while these last, so recovery counts from their end; with the others work goes on meanwhile. */
const OUTAGES: ReadonlySet<FaultName> = new Set(['kill-redis', 'restart-redis', 'latency', 'out-of-memory']);

/** Carries the fault out, and mends what a person would mend. */
export async function causeFault(lab: Lab, plan: CellPlan): Promise<FaultSpan> {
  const startedAtMs = Date.now();
  const lostOwner = await ACTIONS[plan.fault](lab, plan);
  return { startedAtMs, recoversFromMs: OUTAGES.has(plan.fault) ? Date.now() : startedAtMs, lostOwner };
}

function workerOf(lab: Lab, victim: number): Lab['workers'][number] {
  const worker = lab.workers[victim];
  if (!worker) throw new Error(`there is no worker ${victim}`);
  return worker;
}
