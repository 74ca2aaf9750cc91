import { DEVICE_STATES, type DeviceCounts, isTerminal } from '@runyard/domain';
import type { HistoryEvent, LockEvent } from './history-event.ts';

export type FindingKind =
  | 'lost-run'
  | 'late-run'
  | 'ghost-run'
  | 'double-terminal'
  | 'stale-write'
  | 'lock-overlap'
  | 'wrong-counts'
  | 'not-one-result'
  | 'ran-again'
  | 'blind';

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

export interface CheckOptions {
  /** A run whose end is told later than this after it was accepted is late. */
  readonly boundMs: number;
}

type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
type Report = (kind: FindingKind, text: string) => void;

/**
 * What is wrong with a history; empty when nothing is. It holds the promises of docs/reliability.md against what was
 * seen: each accepted run ends exactly once, each device has exactly one result, nobody writes who does not own.
 */
export function checkHistory(events: readonly HistoryEvent[], options: CheckOptions): readonly Finding[] {
  const findings: Finding[] = [];
  const report: Report = (kind, text) => findings.push({ kind, text });
  checkRuns(events, options, report);
  checkEnds(events, report);
  checkOwners(events, report);
  checkResults(events, report);
  checkCounts(events, report);
  checkLocks(events, report);
  return findings;
}

/** Every accepted run is listed and has ended in time; every listed run was asked for, once. */
function checkRuns(events: readonly HistoryEvent[], { boundMs }: CheckOptions, report: Report): void {
  const accepted = of(events, 'accepted');
  const listed = of(events, 'listed');
  const byMark = groupBy(listed, ({ mark }) => mark);
  const told = groupBy(of(events, 'told'), ({ run }) => run);
  const runsListed = new Set(listed.map(({ run }) => run));
  for (const { run, mark, atMs } of accepted) {
    if (!runsListed.has(run)) report('lost-run', `run ${run} (${mark}) was accepted and is not listed`);
    const end = told.get(run)?.find(({ state }) => isTerminal(state));
    const last = told.get(run)?.at(-1);
    if (!end) report('lost-run', `run ${run} (${mark}) was accepted and has not ended: ${last?.state ?? 'never seen'}`);
    else if (end.atMs - atMs > boundMs) report('late-run', `run ${run} took ${end.atMs - atMs} ms`);
  }
  for (const { mark } of of(events, 'due')) {
    const [fired] = byMark.get(mark) ?? [];
    const isOver = fired && told.get(fired.run)?.some(({ state }) => isTerminal(state));
    if (!isOver)
      report('lost-run', `${mark} was due and ${fired ? `its run ${fired.run} has not ended` : 'never fired'}`);
  }
  checkGhosts(events, byMark, report);
}

/** A run was asked for by a call, by a schedule, or by a step of a run that is there too; none was asked for twice. */
function checkGhosts(
  events: readonly HistoryEvent[],
  byMark: ReadonlyMap<string, readonly EventOf<'listed'>[]>,
  report: Report,
): void {
  const asked = new Map(of(events, 'accepted').map(({ mark, run }) => [mark, run]));
  const mayBe = new Set([...of(events, 'unanswered'), ...of(events, 'due')].map(({ mark }) => mark));
  const listed = new Set(of(events, 'listed').map(({ run }) => run));
  for (const [mark, runs] of byMark) {
    const known = asked.get(mark);
    if (runs.length > 1) report('ghost-run', `${mark} was asked for once and is ${runs.length} runs`);
    for (const { run, parent } of runs) {
      const isKnown = parent === undefined ? known === run || mayBe.has(mark) : listed.has(parent);
      if (!isKnown) report('ghost-run', `run ${run} (${mark}) was never accepted`);
    }
  }
}

/** A run ends once in the store, and what was told about its end never changes. */
function checkEnds(events: readonly HistoryEvent[], report: Report): void {
  for (const [run, ends] of groupBy(of(events, 'ended'), (event) => event.run)) {
    const states = ends.map(({ state }) => state).join(', ');
    if (ends.length > 1) report('double-terminal', `run ${run} ended ${ends.length} times: ${states}`);
  }
  const ended = new Map(of(events, 'ended').map(({ run, state }) => [run, state]));
  for (const [run, told] of groupBy(of(events, 'told'), (event) => event.run)) {
    const end = told.findIndex(({ state }) => isTerminal(state));
    const first = told[end];
    if (!first) continue;
    const inStore = ended.get(run);
    if (inStore !== undefined && inStore !== first.state) {
      report('double-terminal', `run ${run} ended ${inStore} in the store and callers were told ${first.state}`);
    }
    for (const later of told.slice(end + 1)) {
      if (later.state !== first.state) {
        report('double-terminal', `run ${run} was told to be ${first.state} and then ${later.state}`);
      } else if (!sameCounts(later.counts, first.counts)) {
        report('wrong-counts', `the counts of run ${run} changed after its end`);
      }
    }
  }
}

/** Tokens of a slice grow with each claim, and a write carries the newest one. */
function checkOwners(events: readonly HistoryEvent[], report: Report): void {
  const newest = new Map<string, EventOf<'claimed'>>();
  let writes = 0;
  let proven = 0;
  for (const event of events) {
    if (event.kind === 'claimed') {
      const key = `${event.run}/${event.slice}`;
      const before = newest.get(key);
      if (before && event.token <= before.token) {
        report('stale-write', `slice ${key} was claimed with token ${event.token} after ${before.token}`);
      }
      newest.set(key, event);
    } else if (event.kind === 'started' || event.kind === 'result') {
      const key = `${event.run}/${event.slice}`;
      const claim = newest.get(key);
      writes += 1;
      if (event.token !== null) proven += 1;
      if (claim && event.token !== null && event.token < claim.token) {
        const whose = `token ${event.token}, and ${claim.owner} has ${claim.token}`;
        report('stale-write', `${event.kind} of ${event.device} in slice ${key} was written with ${whose}`);
      }
    }
  }
  if (writes > 0 && proven === 0) report('blind', `no token was seen at ${writes} writes`);
}

/** One final row for each device, the one that was recorded; and no work on a device that has its result. */
function checkResults(events: readonly HistoryEvent[], report: Report): void {
  const recorded = new Map<string, EventOf<'result'>>();
  for (const event of events) {
    if (event.kind === 'result') {
      const key = `${event.run}/${event.device}`;
      if (recorded.has(key)) report('not-one-result', `${key} was recorded a second time`);
      else recorded.set(key, event);
    } else if (event.kind === 'started' || event.kind === 'device-began') {
      const key = `${event.run}/${event.device}`;
      const before = recorded.get(key);
      if (before && event.atMs > before.atMs) {
        report('ran-again', `${key} began ${event.atMs - before.atMs} ms after its result was recorded`);
      }
    }
  }
  const rows = groupBy(of(events, 'row'), ({ run, device }) => `${run}/${device}`);
  for (const [key, found] of rows) {
    const states = found.map(({ state }) => state);
    const isFinal = states.length === 1 && states[0] !== 'pending' && states[0] !== 'running';
    if (!isFinal) report('not-one-result', `${key} has the rows ${states.join(', ')}`);
    const before = recorded.get(key);
    if (before && before.state !== states[0]) {
      report('not-one-result', `${key} was recorded ${before.state} and is read as ${states[0]}`);
    }
  }
}

/** The counts of a run that has ended are the sizes of the sets of its rows. */
function checkCounts(events: readonly HistoryEvent[], report: Report): void {
  const rows = groupBy(of(events, 'row'), ({ run }) => run);
  const told = groupBy(of(events, 'told'), ({ run }) => run);
  for (const [run, answers] of told) {
    const last = answers.at(-1);
    if (!last) continue;
    const { counts } = last;
    const sum = DEVICE_STATES.reduce((total, state) => total + counts[state], 0);
    if (isTerminal(last.state) && sum !== counts.total) {
      report('wrong-counts', `the counts of run ${run} sum up to ${sum} of ${counts.total}`);
    }
    const found = rows.get(run);
    if (!found) continue;
    for (const state of DEVICE_STATES) {
      const size = new Set(found.filter((row) => row.state === state).map(({ device }) => device)).size;
      if (size !== counts[state]) {
        report('wrong-counts', `run ${run} says ${counts[state]} ${state} and has ${size} such rows`);
      }
    }
  }
}

/** A lock has one holder at a time, its tokens grow, and who has an older one can neither renew nor release it. */
function checkLocks(events: readonly HistoryEvent[], report: Report): void {
  const held = new Map<string, LockEvent>();
  const newest = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'lock-acquired') {
      const now = held.get(event.lock);
      if (now) report('lock-overlap', `${event.lock} was given to ${event.holder} while ${now.holder} had it`);
      if (event.token <= (newest.get(event.lock) ?? -Infinity)) {
        report('stale-write', `${event.lock} was given out with token ${event.token} again`);
      }
      held.set(event.lock, event);
      newest.set(event.lock, event.token);
    } else if (event.kind === 'lock-renewed' || event.kind === 'lock-released') {
      const now = held.get(event.lock);
      if (now && now.token !== event.token) {
        report(
          'stale-write',
          `${event.lock} was touched with token ${event.token}, and ${now.holder} has ${now.token}`,
        );
      } else if (event.kind === 'lock-released') held.delete(event.lock);
    }
  }
}

function sameCounts(one: DeviceCounts, other: DeviceCounts): boolean {
  return DEVICE_STATES.every((state) => one[state] === other[state]) && one.total === other.total;
}

function of<Kind extends HistoryEvent['kind']>(events: readonly HistoryEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
