import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, STORM_ACCOUNT } from './lab.ts';

const MINUTE_MS = 60_000;
/** So long before its time a storm must be there. */
const LEAD_MS = 5_000;
/** So long after it everything has fired, also when a fault came in between; then the next minute must not come. */
const OVER_MS = 30_000;
const ASK_AGAIN_MS = 200;
const DEVICES = 10;

/** By which a run of a schedule is known: each schedule fires once in a minute. */
export function slotMark(schedule: string, atMs: number): string {
  return `${schedule}@${Math.floor(atMs / MINUTE_MS)}`;
}

/** Every schedule fires at the next full minute, all of them at once; resolves when none can fire any more. */
export async function causeStorm(lab: Lab): Promise<void> {
  const names = Array.from({ length: lab.sizes.schedules }, (_, index) => `storm-${index + 1}`);
  const leftMs = MINUTE_MS - (Date.now() % MINUTE_MS);
  if (leftMs < LEAD_MS) await sleep(leftMs);
  await write(lab, names, true);
  const dueMs = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
  for (const name of names) lab.events.push({ kind: 'due', atMs: dueMs, mark: slotMark(name, dueMs) });
  await sleep(dueMs + OVER_MS - Date.now());
  while (!(await write(lab, names, false).then(isDone, isNotDone))) await sleep(ASK_AGAIN_MS);
}

const isDone = (): boolean => true;
const isNotDone = (): boolean => false;

async function write(lab: Lab, names: readonly string[], enabled: boolean): Promise<void> {
  const schedules = names.map((name, index) => ({
    name,
    service: 'small',
    runAs: STORM_ACCOUNT,
    cron: '* * * * *',
    devices: [`d${String((index % DEVICES) + 1).padStart(5, '0')}`],
    overlap: 'allow' as const,
    enabled,
  }));
  await lab.gateways.at(-1)?.client.catalog.apply({ catalog: { schedules } });
}
