import { describe, expect, it } from '@jest/globals';
import type { DeviceCounts, RunState } from '@runyard/domain';
import { checkHistory } from './check-history.ts';
import type { HistoryEvent } from './history-event.ts';

const none: DeviceCounts = {
  total: 2,
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  unknown: 0,
};
const written = { run: 'r1', slice: 0 };
const told = (atMs: number, state: RunState, counts: Partial<DeviceCounts>): HistoryEvent => ({
  kind: 'told',
  atMs,
  run: 'r1',
  state,
  counts: { ...none, ...counts },
});

/** A worker dies after the first device; another finishes the second. */
const clean: readonly HistoryEvent[] = [
  { kind: 'accepted', atMs: 1, mark: 'm1', run: 'r1' },
  { kind: 'refused', atMs: 2, mark: 'm2' },
  { kind: 'unanswered', atMs: 3, mark: 'm3' },
  { kind: 'claimed', atMs: 4, ...written, owner: 'w1', token: 1 },
  { kind: 'started', atMs: 5, ...written, device: 'd1', token: 1 },
  { kind: 'started', atMs: 5, ...written, device: 'd2', token: 1 },
  { kind: 'device-began', atMs: 6, run: 'r1', device: 'd1' },
  { kind: 'device-began', atMs: 6, run: 'r1', device: 'd2' },
  { kind: 'lock-acquired', atMs: 6, lock: 'd1', holder: 'r1', token: 1 },
  { kind: 'result', atMs: 7, ...written, device: 'd1', state: 'succeeded', token: 1 },
  { kind: 'lock-renewed', atMs: 7, lock: 'd1', holder: 'r1', token: 1 },
  { kind: 'lock-released', atMs: 8, lock: 'd1', holder: 'r1', token: 1 },
  told(9, 'running', { succeeded: 1, running: 1 }),
  { kind: 'lock-acquired', atMs: 10, lock: 'd1', holder: 'r3', token: 2 },
  { kind: 'claimed', atMs: 11, ...written, owner: 'w2', token: 2 },
  { kind: 'device-began', atMs: 12, run: 'r1', device: 'd2' },
  { kind: 'result', atMs: 13, ...written, device: 'd2', state: 'failed', token: 2 },
  { kind: 'ended', atMs: 13, run: 'r1', state: 'failed' },
  told(14, 'failed', { succeeded: 1, failed: 1 }),
  told(15, 'failed', { succeeded: 1, failed: 1 }),
  { kind: 'listed', atMs: 16, run: 'r1', mark: 'm1' },
  { kind: 'row', atMs: 17, run: 'r1', device: 'd1', state: 'succeeded' },
  { kind: 'row', atMs: 17, run: 'r1', device: 'd2', state: 'failed' },
];

const kinds = (events: readonly HistoryEvent[], boundMs = 1_000): string[] =>
  checkHistory(events, { boundMs }).map(({ kind }) => kind);
const without = (kind: HistoryEvent['kind']): HistoryEvent[] => clean.filter((event) => event.kind !== kind);
const changed = (change: (event: HistoryEvent) => HistoryEvent): HistoryEvent[] => clean.map(change);

/** Two schedules that fired, and a run that a step of a fired run started. */
const fired: readonly HistoryEvent[] = ['r1', 'r2'].flatMap((run): HistoryEvent[] => [
  { kind: 'due', atMs: 1, mark: `nightly-${run}@1` },
  { kind: 'told', atMs: 5, run, state: 'succeeded', counts: { ...none, succeeded: 2 } },
  { kind: 'listed', atMs: 6, run, mark: `nightly-${run}@1` },
  { kind: 'listed', atMs: 6, run: `${run}-child`, mark: `${run}/d1/step`, parent: run },
]);

describe('the history checker', () => {
  it('finds nothing in a clean history with a take-over', () => {
    expect(checkHistory(clean, { boundMs: 1_000 })).toEqual([]);
  });

  it('lets a call without an answer be one run or none', () => {
    expect(kinds([...clean, { kind: 'listed', atMs: 18, run: 'r3', mark: 'm3' }])).toEqual([]);
  });

  it.each<[string, readonly HistoryEvent[], string[]]>([
    ['an accepted run that is not there', without('listed'), ['lost-run']],
    [
      'an accepted run that never ends',
      clean.filter((event) => event.kind !== 'ended' && !(event.kind === 'told' && event.state === 'failed')),
      ['lost-run', 'wrong-counts', 'wrong-counts'],
    ],
    ['a run of a refused call', [...clean, { kind: 'listed', atMs: 18, run: 'r2', mark: 'm2' }], ['ghost-run']],
    ['a run that nobody asked for', [...clean, { kind: 'listed', atMs: 18, run: 'r9', mark: '' }], ['ghost-run']],
    [
      'two runs of one call',
      [...clean, { kind: 'listed', atMs: 18, run: 'r2', mark: 'm1' }],
      ['ghost-run', 'ghost-run'],
    ],
    [
      'a second end in the store',
      [...clean, { kind: 'ended', atMs: 18, run: 'r1', state: 'failed' }],
      ['double-terminal'],
    ],
    [
      'an end that changes for the caller',
      [...clean, told(18, 'cancelled', { succeeded: 1, failed: 1 })],
      ['double-terminal'],
    ],
    [
      'a caller who is told another end than the store has',
      changed((event) => (event.kind === 'ended' ? { ...event, state: 'cancelled' } : event)),
      ['double-terminal'],
    ],
    [
      'a result with the token of the owner before',
      changed((event) => (event.kind === 'result' && event.device === 'd2' ? { ...event, token: 1 } : event)),
      ['stale-write'],
    ],
    [
      'a token that was given out twice',
      changed((event) => (event.kind === 'claimed' ? { ...event, token: 1 } : event)),
      ['stale-write'],
    ],
    ['a lock with two holders', without('lock-released'), ['lock-overlap']],
    [
      'a lock that the one before gives back',
      [
        ...clean,
        { kind: 'lock-released', atMs: 18, lock: 'd1', holder: 'r1', token: 1 },
        { kind: 'lock-acquired', atMs: 19, lock: 'd1', holder: 'r4', token: 3 },
      ],
      ['stale-write', 'lock-overlap'],
    ],
    [
      'a lock that is renewed with an old token',
      [...clean, { kind: 'lock-renewed', atMs: 18, lock: 'd1', holder: 'r1', token: 1 }],
      ['stale-write'],
    ],
    [
      'counts that are not the sizes of the sets',
      changed((event) => (event.kind === 'told' ? { ...event, counts: { ...none, succeeded: 2 } } : event)),
      ['wrong-counts', 'wrong-counts'],
    ],
    [
      'counts that change after the end',
      [...clean, told(18, 'failed', { succeeded: 2 }), told(19, 'failed', { succeeded: 1, failed: 1 })],
      ['wrong-counts'],
    ],
    [
      'a device that was told to work after its result was recorded',
      [...clean, { kind: 'device-began', atMs: 18, run: 'r1', device: 'd1' }],
      ['ran-again'],
    ],
    [
      'a finished device that another owner starts again',
      [...clean, { kind: 'started', atMs: 18, ...written, device: 'd1', token: 2 }],
      ['ran-again'],
    ],
    [
      'a second result of a device',
      [...clean, { kind: 'result', atMs: 18, ...written, device: 'd1', state: 'succeeded', token: 2 }],
      ['not-one-result'],
    ],
    [
      'a device without an end in a run that has ended',
      changed((event) => (event.kind === 'row' && event.device === 'd1' ? { ...event, state: 'running' } : event)),
      ['not-one-result', 'not-one-result', 'wrong-counts', 'wrong-counts'],
    ],
    [
      'writes at which no token was seen',
      changed((event) => (event.kind === 'result' || event.kind === 'started' ? { ...event, token: null } : event)),
      ['blind'],
    ],
  ])('finds %s', (_, events, expected) => {
    expect(kinds(events)).toEqual(expected);
  });

  it('finds a run that ends later than the bound', () => {
    expect(kinds(clean, 5)).toEqual(['late-run']);
  });

  it('knows runs that schedules and steps asked for', () => {
    expect(kinds(fired)).toEqual([]);
  });

  it('finds a slot that never fired, one whose run did not end, and one that fired twice', () => {
    expect(kinds([...fired, { kind: 'due', atMs: 1, mark: 'nightly-r3@1' }])).toEqual(['lost-run']);
    expect(kinds(fired.filter((event) => event.kind !== 'told'))).toEqual(['lost-run', 'lost-run']);
    expect(kinds([...fired, { kind: 'listed', atMs: 7, run: 'r9', mark: 'nightly-r1@1' }])).toEqual(['ghost-run']);
    expect(kinds([...fired, { kind: 'listed', atMs: 7, run: 'r9', mark: 'nightly-r1@2' }])).toEqual(['ghost-run']);
  });

  it('finds a step that started two runs, and a run below one that is not there', () => {
    const again: HistoryEvent = { kind: 'listed', atMs: 7, run: 'r9', mark: 'r1/d1/step', parent: 'r1' };
    expect(kinds([...fired, again])).toEqual(['ghost-run']);
    expect(kinds([...fired, { ...again, mark: 'r8/d1/step', parent: 'r8' }])).toEqual(['ghost-run']);
  });
});
