import type { CatalogChange } from '@runyard/domain';
import type { Bench } from '../harness/bench.ts';
import type { Child } from '../harness/child-process.ts';
import { type Fleet, startFleet } from '../harness/fleet.ts';
import { type Measured, summarize } from '../harness/rounds.ts';
import { type Figure, type Goal, ratioAtLeast } from '../harness/row.ts';
import { runToEnd } from '../harness/run-client.ts';
import { putCatalog, putService, secretBox, startGateway, startWorkers } from '../harness/system.ts';
import { PEERS, runPeer, whyMissing } from './ssh-peers.ts';

const WORKERS = 2;
/** Devices at once in each of the two processes, ours and bare ssh2. */
const SLOTS = 256;
/** Go x/crypto connecting anew, 1,000 devices, recorded on a machine of this kind: what P7b is held against. */
const GO_PER_SECOND: Readonly<Record<number, number>> = { 0: 785, 200: 363 };
const COMMAND = 'show version';

/** P7: one command on each device of a fleet over SSH, beside the tools that people use for it. */
export async function sshFleet(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.size(200, 1_000);
  const figures: Figure[] = [];
  for (const latencyMs of [0, 200]) {
    const fleet = await startFleet(bench, count, latencyMs);
    figures.push(...(await measureFleet(bench, fleet)));
    await bench.stop(fleet.child);
    await bench.redis.flush();
  }
  return figures;
}

async function measureFleet(bench: Bench, fleet: Fleet): Promise<readonly Figure[]> {
  await putCatalog(bench, catalogOf(fleet));
  const gateway = await startGateway(bench);
  const again: number[] = [];
  /** New workers each time: no connection is left from before. The second run finds those of the first. */
  const ours = async (): Promise<number> => {
    const workers = await startWorkers(bench, WORKERS, { RUNYARD_SLOTS: String(SLOTS) });
    const run = () => runToEnd(gateway, { service: 'show-version', pools: ['all'] }, fleet.devices.length);
    const { seconds } = await run();
    const second = await run();
    again.push(fleet.devices.length / second.seconds);
    await bench.stop(...workers);
    await bench.redis.clear('ours');
    return fleet.devices.length / seconds;
  };
  const {
    ours: first,
    one,
    two,
  } = await bench.alternate({
    ours,
    one: () => bareSsh2(bench, fleet, 1),
    two: () => bareSsh2(bench, fleet, WORKERS),
  });
  const figure = `show version over SSH, ${fleet.devices.length} devices, ${fleet.latencyMs} ms`;
  const against = (measured: Measured, floor: number, floorName: string, goal: Goal | null): Figure => ({
    figure,
    value: measured.median,
    unit: 'devices/s',
    floor,
    floorName,
    goal,
    spread: measured.spread,
  });
  const figures = [
    against(first, two.median, `bare ssh2, ${WORKERS} processes`, ratioAtLeast(0.85)),
    against(first, one.median, 'bare ssh2, 1 process', null),
  ];
  for (const [name, floor] of await peerFigures(bench, fleet)) {
    figures.push(against(first, floor, name, ratioAtLeast(3)));
  }
  const kept = against(
    summarize(again),
    GO_PER_SECOND[fleet.latencyMs] ?? 0,
    'Go x/crypto anew, recorded',
    ratioAtLeast(3),
  );
  figures.push({ ...kept, figure: `${figure}, again with kept sessions (P7b)` });
  await bench.stop(gateway.child);
  return figures;
}

export function catalogOf({ devices, username, privateKey }: Fleet): CatalogChange[] {
  return [
    {
      kind: 'credential',
      action: 'put',
      item: { name: 'fleet', username, privateKey: { sealed: secretBox.seal(privateKey) } },
    },
    ...devices.map(({ name, address, port }): CatalogChange => ({
      kind: 'device',
      action: 'put',
      item: {
        name,
        address,
        port,
        platform: 'cisco-ios',
        cluster: 'default',
        credential: 'fleet',
        ssh: { hostKey: 'off' },
      },
    })),
    {
      kind: 'pool',
      action: 'put',
      item: { name: 'all', rule: { all: [{ property: 'credential', equals: 'fleet' }] } },
    },
    putService({ name: 'show-version', type: 'ssh-command', settings: { commands: [COMMAND], mode: 'exec' } }),
  ];
}

async function bareSsh2(bench: Bench, { devices, username, privateKey }: Fleet, processes: number): Promise<number> {
  const children = await Promise.all(Array.from({ length: processes }, () => bench.script('floors/ssh2-fleet.ts')));
  const parallel = (SLOTS * WORKERS) / processes;
  const ask = (child: Child, index: number) =>
    child.ask<{ seconds: number; answered: number }>('run', {
      devices: devices.filter((_, device) => device % processes === index),
      username,
      privateKey,
      parallel,
      command: COMMAND,
    });
  const answers = await Promise.all(children.map(ask));
  await bench.stop(...children);
  const answered = answers.reduce((sum, answer) => sum + answer.answered, 0);
  if (answered !== devices.length) throw new Error(`bare ssh2: ${answered} of ${devices.length} devices answered`);
  return answered / Math.max(...answers.map(({ seconds }) => seconds));
}

/** Name and devices a second of each peer that is installed. With `--quick` each is measured once: they take long. */
async function peerFigures(bench: Bench, fleet: Fleet): Promise<readonly (readonly [string, number])[]> {
  const figures: (readonly [string, number])[] = [];
  for (const peer of PEERS) {
    const missing = await whyMissing(peer, bench);
    if (missing !== null) {
      bench.say(`  ${peer.name}: skipped, ${missing}`);
      continue;
    }
    const rounds = bench.size(1, bench.options.rounds);
    const values: number[] = [];
    try {
      for (let round = 0; round < rounds; round += 1) values.push(await runPeer(peer, fleet, bench));
      const { median } = summarize(values);
      bench.say(`  ${peer.name}: ${median.toPrecision(4)}`);
      figures.push([peer.name, median]);
    } catch (error) {
      bench.say(`  ${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return figures;
}
