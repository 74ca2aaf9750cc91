import { checkHistory, type Finding, type HistoryEvent, waitFor } from '@runyard/testkit';
import { causeFault, type FaultSpan } from './faults.ts';
import { type Lab, type Sizes, startLab } from './lab.ts';
import { callLoad, expectedResults } from './loads.ts';
import type { CellPlan } from './plan.ts';
import { readResult, untilSettled } from './settle.ts';

export interface CellResult {
  readonly plan: CellPlan;
  readonly findings: readonly Finding[];
  /** Until work went on after the fault; null when it had nothing left to do. */
  readonly recoveryMs: number | null;
  readonly accepted: number;
  readonly results: number;
  readonly tookMs: number;
  readonly history: readonly HistoryEvent[];
  /** Lines of the logs of gateways and workers that warn. */
  readonly warnings: readonly string[];
}

const SETTLE_MS = 60_000;
const BOUND_MS = 90_000;
/** A storm of schedules may be more than a minute away. */
const MOMENT_MS_MAX = 120_000;

/** Starts a Runyard, loads it, breaks it, waits for its end, and holds what happened against the promises. */
export async function runCell(plan: CellPlan, sizes: Sizes): Promise<CellResult> {
  const startMs = Date.now();
  const lab = await startLab(plan.load, sizes);
  try {
    let results = 0;
    lab.watch.onResult = () => (results += 1);
    const calling = callLoad(lab, plan.load);
    const fault = await faultAtMoment(lab, plan, () => results);
    await calling;
    await untilSettled(lab, SETTLE_MS);
    await readResult(lab);
    // Stable: what Redis told at the same time stays in its order.
    const history = [...lab.watch.events, ...lab.events].sort((one, other) => one.atMs - other.atMs);
    return {
      plan,
      findings: checkHistory(history, { boundMs: BOUND_MS }),
      recoveryMs: recoveryOf(history, fault),
      accepted: history.filter(({ kind }) => kind === 'accepted').length,
      results,
      tookMs: Date.now() - startMs,
      history,
      warnings: warningsOf(lab),
    };
  } finally {
    await lab.stop();
  }
}

async function faultAtMoment(lab: Lab, plan: CellPlan, results: () => number): Promise<FaultSpan> {
  const wanted = Math.floor(expectedResults(lab, plan.load) * plan.moment);
  await waitFor(() => results() >= wanted, { timeoutMs: MOMENT_MS_MAX, intervalMs: 5 });
  return causeFault(lab, plan);
}

/**
 * Slices of a lost worker: until the last of them is in other hands. Otherwise until the next result or accepted run.
 */
function recoveryOf(history: readonly HistoryEvent[], fault: FaultSpan): number | null {
  if (fault.lostOwner !== null) {
    const takeOvers = takeOverTimes(history, fault.lostOwner, fault.startedAtMs);
    if (takeOvers.length > 0) return Math.round(Math.max(...takeOvers) - fault.startedAtMs);
  }
  const next = history.find(
    ({ kind, atMs }) => atMs > fault.recoversFromMs && (kind === 'result' || kind === 'accepted'),
  );
  return next ? Math.round(next.atMs - fault.recoversFromMs) : null;
}

function takeOverTimes(history: readonly HistoryEvent[], lostOwner: string, fromMs: number): number[] {
  const owners = new Map<string, string>();
  const times: number[] = [];
  for (const event of history) {
    if (event.kind !== 'claimed') continue;
    const key = `${event.run}/${event.slice}`;
    if (event.atMs > fromMs && owners.get(key) === lostOwner && event.owner !== lostOwner) times.push(event.atMs);
    owners.set(key, event.owner);
  }
  return times;
}

function warningsOf({ runyard }: Lab): string[] {
  return [...runyard.gateways.map(({ process }) => process), ...runyard.workers]
    .flatMap(({ lines }) => lines)
    .filter((line) => /"level":"(?:warn|error)"/.test(line));
}
