import assert from 'node:assert/strict';
import { OPEN_RUNS_MAX, type ScheduleState, type ScheduleStore, type SlotClaim } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

const TIMING = '* * * * * UTC';
const NOTHING: ScheduleState = {
  timing: null,
  upToMs: null,
  claim: null,
  waitingMs: null,
  pause: null,
  last: null,
  lastRunId: null,
  openRunIds: [],
};

function claimOf(slotMs: number, end = 'a'): SlotClaim {
  return { slotMs, runId: `${'0'.repeat(23)}${end}`, createdAtUs: slotMs * 1_000 + 32, claimedAtMs: slotMs + 5 };
}

/** A schedule of that name that is looked after from 1000 on. */
async function begun(store: ScheduleStore, name: string): Promise<ScheduleState> {
  assert.equal(await store.begin(name, TIMING, 1_000), true);
  return store.get(name);
}

/** What any store of schedules does. */
export const scheduleStoreConformance: readonly ConformanceCase<ScheduleStore>[] = [
  {
    title: 'knows nothing of a schedule that nobody looked after',
    async check(store) {
      assert.deepEqual(await store.get('new {one} % ü'), NOTHING);
      await store.rest('new {one} % ü');
      assert.deepEqual(await store.keys(), []);
    },
  },
  {
    title: 'begins once for a timing, and never goes back',
    async check(store) {
      assert.deepEqual(await begun(store, 'begin {a} ü'), { ...NOTHING, timing: TIMING, upToMs: 1_000 });
      assert.equal(await store.begin('begin {a} ü', TIMING, 2_000), false);
      assert.equal((await store.get('begin {a} ü')).upToMs, 1_000);
      assert.equal(await store.begin('begin {a} ü', '0 * * * * UTC', 500), true);
      assert.equal((await store.get('begin {a} ü')).upToMs, 1_000);
      await store.rest('begin {a} ü');
      assert.deepEqual(await store.get('begin {a} ü'), { ...NOTHING, upToMs: 1_000 });
      assert.ok((await store.keys()).includes('begin {a} ü'));
    },
  },
  {
    title: 'lets one of many claim a slot, and nobody decide before the claim has ended',
    async check(store) {
      const on = await begun(store, 'claim');
      const claims = Array.from('0123456789', (end) => claimOf(60_000, end));
      const won = await Promise.all(claims.map((claim) => store.decide('claim', on, { upToMs: 60_000, claim })));
      assert.equal(won.filter(Boolean).length, 1);
      const claimed = await store.get('claim');
      assert.deepEqual(claimed.claim, claims[won.indexOf(true)]);
      assert.equal(claimed.upToMs, 60_000);
      assert.equal(await store.decide('claim', claimed, { upToMs: 120_000 }), false);
    },
  },
  {
    title: 'ends a claim once, and keeps the run and what was done',
    async check(store) {
      const on = await begun(store, 'settle');
      const claim = claimOf(60_000);
      await store.decide('settle', on, { upToMs: 60_000, claim });
      const result = { slotMs: 60_000, outcome: 'fired', atMs: 60_010, runId: claim.runId } as const;
      assert.equal(await store.settle('settle', claimOf(60_000, 'b'), result), false);
      assert.equal(await store.settle('settle', claim, result), true);
      assert.equal(await store.settle('settle', claim, result), false);
      const runs = { lastRunId: claim.runId, openRunIds: [claim.runId] };
      const expected = { ...NOTHING, timing: TIMING, upToMs: 60_000, last: result, ...runs };
      assert.deepEqual(await store.get('settle'), expected);
    },
  },
  {
    title: 'keeps the last run when a slot was refused',
    async check(store) {
      const on = await begun(store, 'refused');
      await store.note('refused', { slotMs: null, outcome: 'fired', atMs: 1, runId: 'r1', by: 'ada' });
      const claim = claimOf(60_000);
      await store.decide('refused', on, { upToMs: 60_000, claim });
      const error = { code: 'SERVICE_DISABLED', message: 'off' } as const;
      const result = { slotMs: 60_000, outcome: 'refused', atMs: 60_010, error } as const;
      await store.settle('refused', claim, result);
      const { last, lastRunId } = await store.get('refused');
      assert.deepEqual({ last, lastRunId }, { last: result, lastRunId: 'r1' });
    },
  },
  {
    title: 'keeps each run in work until it is told that it has ended, whichever began last',
    async check(store) {
      const on = await begun(store, 'open');
      const claim = claimOf(60_000);
      const byHand = (runId: string) =>
        store.note('open', { slotMs: null, outcome: 'fired', atMs: 1, runId, by: 'ada' });
      await byHand('r1');
      await store.decide('open', on, { upToMs: 60_000, claim });
      await store.settle('open', claim, { slotMs: 60_000, outcome: 'fired', atMs: 2, runId: claim.runId });
      await byHand('r2');
      await byHand('r2');
      assert.deepEqual((await store.get('open')).openRunIds, ['r1', claim.runId, 'r2']);
      await store.closeRuns('open', ['r2', 'r1', 'never noted']);
      const { openRunIds, lastRunId } = await store.get('open');
      assert.deepEqual({ openRunIds, lastRunId }, { openRunIds: [claim.runId], lastRunId: 'r2' });
      await store.closeRuns('open', [claim.runId]);
      assert.deepEqual((await store.get('open')).openRunIds, []);
      await store.closeRuns('never looked after', ['r1']);
      assert.deepEqual(await store.get('never looked after'), NOTHING);
    },
  },
  {
    title: 'remembers so many runs in work and no more, the newest ones',
    async check(store) {
      const ids = Array.from({ length: OPEN_RUNS_MAX + 2 }, (_, index) => `r${index}`);
      for (const runId of ids) await store.note('many', { slotMs: null, outcome: 'fired', atMs: 1, runId });
      assert.deepEqual((await store.get('many')).openRunIds, ids.slice(2));
    },
  },
  {
    title: 'refuses a decision on a state that is not there any more',
    async check(store) {
      const on = await begun(store, 'stale');
      const last = { slotMs: 60_000, outcome: 'overlap', atMs: 60_010 } as const;
      assert.equal(await store.decide('stale', { ...on, timing: 'other' }, { upToMs: 60_000 }), false);
      assert.equal(await store.decide('stale', { ...on, waitingMs: 1 }, { upToMs: 60_000 }), false);
      assert.equal(await store.decide('stale', on, { upToMs: 60_000, last }), true);
      assert.equal(await store.decide('stale', on, { upToMs: 60_000, last }), false);
      assert.deepEqual(await store.get('stale'), { ...NOTHING, timing: TIMING, upToMs: 60_000, last });
    },
  },
  {
    title: 'lets a slot wait until it is claimed',
    async check(store) {
      const on = await begun(store, 'waiting');
      await store.decide('waiting', on, { upToMs: 60_000, waitingMs: 60_000 });
      const waits = await store.get('waiting');
      assert.equal(waits.waitingMs, 60_000);
      await store.decide('waiting', waits, { upToMs: 120_000 });
      const later = await store.get('waiting');
      assert.equal(later.waitingMs, 60_000);
      await store.decide('waiting', later, { upToMs: 120_000, waitingMs: null, claim: claimOf(60_000) });
      const claimed = await store.get('waiting');
      assert.deepEqual([claimed.waitingMs, claimed.claim], [null, claimOf(60_000)]);
    },
  },
  {
    title: 'fires nothing while it is paused, and drops what passed meanwhile',
    async check(store) {
      const on = await begun(store, 'pause');
      await store.decide('pause', on, { upToMs: 60_000, waitingMs: 60_000 });
      await store.setPause('pause', { atMs: 5, by: 'ada', reason: 'works' }, 5);
      await store.setPause('pause', { atMs: 6, by: 'bob' }, 6);
      const paused = await store.get('pause');
      assert.deepEqual(paused.pause, { atMs: 5, by: 'ada', reason: 'works' });
      assert.equal(await store.decide('pause', paused, { upToMs: 120_000 }), false);
      await store.setPause('pause', null, 300_000);
      const expected = { ...NOTHING, timing: TIMING, upToMs: 300_000 };
      assert.deepEqual(await store.get('pause'), expected);
      await store.setPause('pause', null, 900_000);
      assert.deepEqual(await store.get('pause'), expected);
    },
  },
  {
    title: 'forgets a schedule as a whole',
    async check(store) {
      await begun(store, 'gone');
      await store.forget('gone');
      assert.deepEqual(await store.get('gone'), NOTHING);
      assert.equal((await store.keys()).includes('gone'), false);
    },
  },
];
