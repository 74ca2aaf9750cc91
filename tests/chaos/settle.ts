import { setTimeout as sleep } from 'node:timers/promises';
import type { RunyardClient } from '@runyard/client';
import type { RunAnswer, RunBranchAnswer } from '@runyard/contracts';
import { isTerminal, type RunState } from '@runyard/domain';
import { type Lab, SSH_COMMAND } from './lab.ts';
import { acceptedRuns } from './loads.ts';
import { slotMark } from './storm.ts';

const PAGE = 100;
const LOOK_EVERY_MS = 250;

/** Asks until every run has ended, also one whose call had no answer, or the time is over; notes what was told. */
export async function untilSettled(lab: Lab, timeoutMs: number): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  const told = new Map<string, RunState>();
  for (;;) {
    await lookAtRuns(lab, told).catch(() => undefined);
    const isOver = [...acceptedRuns(lab), ...told.keys()].every((run) => isTerminal(told.get(run) ?? 'queued'));
    if (isOver || Date.now() >= endMs) return;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Walks through the list of runs, page by page, and notes each new state. */
async function lookAtRuns(lab: Lab, told: Map<string, RunState>): Promise<void> {
  const client = lab.gateways.at(-1)?.client;
  let cursor: string | undefined;
  do {
    const page = await client?.runs.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id, state, counts } of page?.items ?? []) {
      if (told.get(id) === state) continue;
      told.set(id, state);
      lab.events.push({ kind: 'told', atMs: Date.now(), run: id, state, counts });
    }
    cursor = page?.cursor ?? undefined;
  } while (cursor !== undefined);
}

/** Reads everything once more at the end: the list of runs, each run, each of its devices, what devices saw. */
export async function readResult(lab: Lab): Promise<void> {
  const client = lab.gateways.at(-1)?.client;
  if (!client) return;
  for (const run of await readList(lab, client)) {
    const { state, counts } = await client.runs.get(run);
    lab.events.push({ kind: 'told', atMs: Date.now(), run, state, counts });
    for await (const device of client.runs.devices(run)) {
      lab.events.push({ kind: 'row', atMs: Date.now(), run, device: device.name, state: device.state });
    }
  }
  const [run] = acceptedRuns(lab);
  if (run === undefined) return;
  for (const { device, command, atMs } of lab.fleet?.commands() ?? []) {
    if (command === SSH_COMMAND) lab.events.push({ kind: 'device-began', atMs, run, device });
  }
}

async function readList(lab: Lab, client: RunyardClient): Promise<string[]> {
  const runs: RunAnswer[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.runs.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    runs.push(...page.items);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  const roots = new Set(runs.flatMap(({ rootRunId }) => rootRunId ?? []));
  const places = new Map<string, string>();
  for (const root of roots) notePlaces(await treeOf(lab, root), places);
  for (const { id, labels, parentRunId, createdAt } of runs) {
    const { schedule, mark = '' } = labels ?? {};
    const asked = schedule === undefined ? mark : slotMark(schedule, Date.parse(createdAt));
    const listed = { kind: 'listed', atMs: Date.now(), run: id, mark: places.get(id) ?? asked } as const;
    lab.events.push(parentRunId === undefined ? listed : { ...listed, parent: parentRunId });
  }
  return runs.map(({ id }) => id);
}

async function treeOf(lab: Lab, root: string): Promise<RunBranchAnswer> {
  const tree = (await (await lab.runyard.call(`/v1/runs/${root}/tree`)).json()) as { readonly run: RunBranchAnswer };
  return tree.run;
}

/** Which step on which device of which run started a run: by that it is known, whatever its id is. */
function notePlaces({ id, children }: RunBranchAnswer, places: Map<string, string>): void {
  for (const child of children) {
    places.set(child.id, `${id}/${child.device ?? ''}/${child.stepId ?? ''}`);
    notePlaces(child, places);
  }
}
