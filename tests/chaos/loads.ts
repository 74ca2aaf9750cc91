import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '@runyard/client';
import { CHILDREN, type Lab } from './lab.ts';
import type { LoadName } from './plan.ts';
import { causeStorm } from './storm.ts';

const CALLERS = 16;
const CALLS_PER_SECOND = 100;
const ASK_AGAIN_MS = 200;

/** Device results that the load gives when all goes well. */
export function expectedResults(lab: Lab, load: LoadName): number {
  const { smallRuns, bigDevices, sshDevices, lockDevices, workflowDevices, schedules } = lab.sizes;
  return {
    small: smallRuns,
    big: bigDevices,
    ssh: sshDevices,
    locks: lockDevices,
    workflow: workflowDevices * (1 + CHILDREN),
    schedules,
  }[load];
}

/** Asks for the runs of a load; resolves when all were asked for, not when they have ended. */
export async function callLoad(lab: Lab, load: LoadName): Promise<void> {
  if (load === 'small') await callSmall(lab);
  else if (load === 'schedules') await causeStorm(lab);
  else for (let tries = 0; !(await ask(lab, load, tries)); tries += 1) await sleep(ASK_AGAIN_MS);
}

async function callSmall(lab: Lab): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < lab.sizes.smallRuns) {
      const number = next;
      next += 1;
      await Promise.all([ask(lab, 'small', number), sleep((1_000 * CALLERS) / CALLS_PER_SECOND)]);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** One call; what became of it is noted. True when a run was accepted. */
async function ask(lab: Lab, load: LoadName, number: number): Promise<boolean> {
  const mark = `${load}-${number}`;
  const gateway = lab.gateways[number % lab.gateways.length];
  const devices = load === 'small' ? [`d${String((number % 10) + 1).padStart(5, '0')}`] : undefined;
  const request = { service: load, labels: { mark }, ...(devices ? { devices } : {}) };
  try {
    const answer = await gateway?.client.runs.create(request);
    if (!answer) return false;
    lab.events.push({ kind: 'accepted', atMs: Date.now(), mark, run: answer.id });
    return true;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const isRefused = error.status >= 400 && error.status < 500;
    lab.events.push({ kind: isRefused ? 'refused' : 'unanswered', atMs: Date.now(), mark });
    return false;
  }
}

export function acceptedRuns(lab: Lab): string[] {
  return lab.events.flatMap((event) => (event.kind === 'accepted' ? [event.run] : []));
}
