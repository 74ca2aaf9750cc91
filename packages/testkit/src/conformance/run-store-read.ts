import assert from 'node:assert/strict';
import type { Page, RunPlan, RunSpec, RunStore } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { samplePlan, sampleResult, sampleSpec } from './run-samples.ts';

/** Lists, rows, results and the log: paged, in a fixed order, found by what they are asked for. */
export const runStoreReadCases: readonly ConformanceCase<RunStore>[] = [
  {
    title: 'finds a run by its creation time',
    async check(runs) {
      const spec = await accepted(runs, ['a']);
      assert.equal(await runs.findByRuntime(spec.createdAtUs), spec.id);
      assert.equal(await runs.findByRuntime(1), null);
    },
  },
  {
    title: 'lists runs newest first, page by page, each once',
    async check(runs) {
      const service = `list-${sampleSpec().id}`;
      const specs = [];
      for (let index = 0; index < 5; index += 1) specs.push(await accepted(runs, ['a'], { service }));
      const listed = await everyPage((cursor) => runs.list({ service }, cursor, 2));
      assert.deepEqual(
        listed.map(({ spec }) => spec.id),
        specs.map(({ id }) => id).reverse(),
      );
    },
  },
  {
    title: 'lists runs by state, label and age',
    async check(runs) {
      const service = `filter-${sampleSpec().id}`;
      const old = await accepted(runs, ['a'], { service, labels: { ticket: 'T-1' } });
      const recent = await accepted(runs, ['a'], { service, createdAtUs: Date.now() * 1_000 });
      await finishAll(runs, old, [['a']]);
      const ids = async (filter: Parameters<RunStore['list']>[0]) =>
        (await everyPage((cursor) => runs.list(filter, cursor, 10))).map(({ spec }) => spec.id);
      assert.deepEqual(await ids({ service, state: 'succeeded' }), [old.id]);
      assert.deepEqual(await ids({ service, state: 'queued' }), [recent.id]);
      assert.deepEqual(await ids({ service, label: 'ticket=T-1' }), [old.id]);
      assert.deepEqual(await ids({ service, sinceMs: Date.now() - 60_000 }), [recent.id]);
    },
  },
  {
    title: 'gives the rows of a run in the order of its plan, page by page',
    async check(runs) {
      const spec = await accepted(runs, ['c', 'a'], {}, samplePlan(['c', 'a'], ['b']));
      const rows = await everyPage((cursor) => runs.devices(spec.id, null, cursor, 2));
      assert.deepEqual(
        rows.map(({ name, state, result }) => [name, state, result]),
        [
          ['c', 'pending', null],
          ['a', 'pending', null],
          ['b', 'pending', null],
        ],
      );
    },
  },
  {
    title: 'gives the rows in one state',
    async check(runs) {
      const spec = await accepted(runs, ['a'], {}, samplePlan(['a', 'b'], ['c']));
      await finishAll(runs, spec, [['a', 'b']]);
      const done = await everyPage((cursor) => runs.devices(spec.id, 'succeeded', cursor, 1));
      assert.deepEqual(
        done.map(({ name }) => name),
        ['a', 'b'],
      );
      const open = await everyPage((cursor) => runs.devices(spec.id, 'pending', cursor, 1));
      assert.deepEqual(
        open.map(({ name }) => name),
        ['c'],
      );
    },
  },
  {
    title: 'gives one device of a run with its whole result',
    async check(runs) {
      const spec = await accepted(runs, ['a', 'b']);
      await finishAll(runs, spec, [['a', 'b']]);
      assert.deepEqual(await runs.device(spec.id, 'b'), {
        name: 'b',
        state: 'succeeded',
        result: sampleResult('b'),
      });
      assert.equal(await runs.device(spec.id, 'zz'), null);
    },
  },
  {
    title: 'finds each device of a large run, whose names are sorted',
    async check(runs) {
      const names = Array.from({ length: 40 }, (_, index) => `d${String(index).padStart(3, '0')}`);
      const spec = sampleSpec();
      await runs.accept(spec, { ...samplePlan(names.slice(0, 20), names.slice(20)), sorted: true });
      for (const name of names) assert.equal((await runs.device(spec.id, name))?.name, name);
      assert.equal(await runs.device(spec.id, 'd0055'), null);
    },
  },
  {
    title: 'keeps the result of a run that has one row without a name',
    async check(runs) {
      const spec = await accepted(runs, [''], { runMethod: 'once' });
      await finishAll(runs, spec, [['']]);
      assert.equal((await runs.device(spec.id, ''))?.result?.result, 'output of ');
    },
  },
  {
    title: 'gives results in the order in which they were recorded, from a number on',
    async check(runs) {
      const spec = await accepted(runs, ['a'], {}, samplePlan(['a'], ['b'], ['c']));
      for (const slice of [2, 0, 1]) await finishSlice(runs, spec, slice);
      const names = async (sequence: number, limit: number) =>
        (await runs.resultsSince(spec.id, sequence, limit)).map(({ name }) => name);
      assert.deepEqual(await names(0, 10), ['c', 'a', 'b']);
      assert.deepEqual(await names(1, 1), ['a']);
      assert.deepEqual(await names(3, 10), []);
    },
  },
  {
    title: 'gives the log page by page',
    async check(runs) {
      const spec = await accepted(runs, ['a']);
      const slice = { runId: spec.id, slice: 0 };
      const claim = await runs.claim(slice, 'w1');
      assert.ok(typeof claim === 'object');
      const log = [1, 2, 3].map((line) => ({ atMs: spec.createdAtUs / 1_000, device: 'a', text: `line ${line}` }));
      await runs.record(slice, claim, { started: [], results: [], log });
      const lines = await everyPage((cursor) => runs.log(spec.id, cursor, 2));
      assert.deepEqual(
        lines.map(({ text }) => text),
        ['line 1', 'line 2', 'line 3'],
      );
    },
  },
  {
    title: 'names the slices that are not done, with their owners',
    async check(runs) {
      const spec = await accepted(runs, ['a'], {}, samplePlan(['a'], ['b'], ['c']));
      await finishSlice(runs, spec, 0);
      await runs.claim({ runId: spec.id, slice: 1 }, 'w7');
      const open = await runs.openSlices(spec.id);
      assert.deepEqual(
        open.map(({ slice, owner, cluster }) => ({ slice, owner, cluster })),
        [
          { slice: 1, owner: 'w7', cluster: 'ams' },
          { slice: 2, owner: null, cluster: 'ams' },
        ],
      );
    },
  },
  {
    title: 'names open runs that are older than a time, oldest first',
    async check(runs) {
      const first = await accepted(runs, ['a'], { createdAtUs: 2_000_001 });
      const second = await accepted(runs, ['a'], { createdAtUs: 3_000_001 });
      const ended = await accepted(runs, ['a'], { createdAtUs: 4_000_001 });
      await finishAll(runs, ended, [['a']]);
      assert.deepEqual(await runs.openRuns(5_000, 10), [first.id, second.id]);
      assert.deepEqual(await runs.openRuns(5_000, 1), [first.id]);
      assert.deepEqual(await runs.openRuns(2_500, 10), [first.id]);
    },
  },
  {
    title: 'names open runs from the one after a given one on',
    async check(runs) {
      const ids = [];
      for (const createdAtUs of [2_000_001, 3_000_001, 4_000_001]) {
        const id = `${createdAtUs.toString(16).padStart(14, '0')}${'0'.repeat(10)}`;
        ids.push((await accepted(runs, ['a'], { id, createdAtUs })).id);
      }
      assert.deepEqual(await runs.openRuns(5_000, 10, ids[0]), ids.slice(1));
      assert.deepEqual(await runs.openRuns(5_000, 10, ids[2]), []);
    },
  },
  {
    title: 'refuses a cursor that it did not give out',
    async check(runs) {
      const spec = await accepted(runs, ['a']);
      await assert.rejects(runs.list({}, 'not a cursor', 10), { code: 'CURSOR_INVALID' });
      await assert.rejects(runs.devices(spec.id, null, 'not a cursor', 10), { code: 'CURSOR_INVALID' });
      await assert.rejects(runs.log(spec.id, 'not a cursor', 10), { code: 'CURSOR_INVALID' });
    },
  },
];

async function accepted(
  runs: RunStore,
  names: readonly string[],
  changes: Partial<RunSpec> = {},
  plan: RunPlan = samplePlan(names),
): Promise<RunSpec> {
  const spec = sampleSpec(changes);
  await runs.accept(spec, plan);
  return spec;
}

async function finishAll(runs: RunStore, spec: RunSpec, slices: readonly (readonly string[])[]): Promise<void> {
  for (const slice of slices.keys()) await finishSlice(runs, spec, slice);
}

async function finishSlice(runs: RunStore, { id: runId }: RunSpec, slice: number): Promise<void> {
  const claim = await runs.claim({ runId, slice }, 'w1');
  assert.ok(typeof claim === 'object');
  const results = claim.names.map((name, position) => ({ position, result: sampleResult(name) }));
  await runs.record({ runId, slice }, claim, { started: [], results, log: [] });
}

/** Follows the cursor to the end. Pages that promise more than they hold would never end, so there is a bound. */
async function everyPage<Item>(read: (cursor: string | null) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 50; pages += 1) {
    const page: Page<Item> = await read(cursor);
    items.push(...page.items);
    if (page.cursor === null) return items;
    cursor = page.cursor;
  }
  throw new assert.AssertionError({ message: 'the pages do not end' });
}
