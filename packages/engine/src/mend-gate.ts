import { type Clock, isTerminal, type RunRecord } from '@runyard/domain';
import { giveOn, type RunEndedDependencies } from './run-ended.ts';

export interface MendGateDependencies extends Omit<RunEndedDependencies, 'log'> {
  readonly clock: Clock;
}

/** Takes runs that ended without leaving out of the gate of a service. Gives how many there were. */
export type MendGate = (service: string) => Promise<number>;

/** Whoever ends a run takes it out a moment later. */
const MOMENT_MS = 5_000;

/**
 * For the reconciler, which calls it for the services of runs that wait: a place that is held for nothing matters only
 * when somebody wants it. Looks at 200 runs at most.
 */
export function createMendGate(deps: MendGateDependencies): MendGate {
  const { gate, runs, clock } = deps;
  return async (service) => {
    const { inside, line } = await gate.members(service);
    let left = 0;
    for (const id of [...inside, ...line]) {
      if (!isOver(await runs.get(id), clock.nowMs())) continue;
      await giveOn(deps, service, id);
      left += 1;
    }
    return left;
  };
}

function isOver(record: RunRecord | null, nowMs: number): boolean {
  if (!record) return true;
  return isTerminal(record.state) && nowMs - (record.endedAtMs ?? 0) > MOMENT_MS;
}
