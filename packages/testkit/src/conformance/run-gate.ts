import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RunGate, RunId } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

/** What every gate promises. */
export const runGateConformance: readonly ConformanceCase<RunGate>[] = [
  {
    title: 'lets in as many runs as the limit says, and the others wait in the order of their creation',
    async check(gate) {
      const service = someService();
      assert.deepEqual(await enterAll(gate, service, ['a', 'b'], 2), [true, true]);
      // The older one comes later, as it does when it was planned by another gateway.
      assert.equal(await gate.enter(service, 'd', 4, 2), false);
      assert.equal(await gate.enter(service, 'c', 3, 2), false);
      assert.deepEqual(await gate.look(service, 'c'), { inside: ['a', 'b'], before: 0 });
      assert.deepEqual(await gate.look(service, 'd'), { inside: ['a', 'b'], before: 1 });
      assert.deepEqual(await gate.look(service, 'a'), { inside: ['a', 'b'], before: null });
    },
  },
  {
    title: 'answers the same when the same run asks again',
    async check(gate) {
      const service = someService();
      assert.deepEqual(await enterAll(gate, service, ['a', 'b', 'c'], 1), [true, false, false]);
      assert.deepEqual(await enterAll(gate, service, ['a', 'b', 'c'], 1), [true, false, false]);
      assert.deepEqual(await gate.look(service, 'c'), { inside: ['a'], before: 1 });
    },
  },
  {
    title: 'names the first of the line when a run leaves, and refuses whoever is not the first',
    async check(gate) {
      const service = someService();
      await enterAll(gate, service, ['a', 'b', 'c', 'd'], 2);
      assert.deepEqual(await gate.leave(service, 'b'), ['c']);
      assert.equal(await gate.enter(service, 'd', 4, 2), false);
      assert.equal(await gate.enter(service, 'c', 3, 2), true);
      assert.equal(await gate.enter(service, 'd', 4, 2), false);
    },
  },
  {
    title: 'may be left twice, and by a run that was never there',
    async check(gate) {
      const service = someService();
      assert.deepEqual(await gate.leave(service, 'x'), []);
      await enterAll(gate, service, ['a', 'b', 'c'], 2);
      assert.deepEqual(await gate.leave(service, 'a'), ['c']);
      assert.deepEqual(await gate.leave(service, 'a'), ['c']);
      assert.equal(await gate.enter(service, 'c', 3, 2), true);
      assert.deepEqual(await gate.leave(service, 'a'), []);
      assert.deepEqual(await gate.look(service, 'c'), { inside: ['b', 'c'], before: null });
    },
  },
  {
    title: 'lets a run leave the line, which makes no room while all places are taken',
    async check(gate) {
      const service = someService();
      await enterAll(gate, service, ['a', 'b', 'c'], 1);
      assert.deepEqual(await gate.leave(service, 'b'), []);
      assert.deepEqual(await gate.leave(service, 'a'), ['c']);
    },
  },
  {
    title: 'lets at least one be tried when a run leaves, though the last that asked has a lower limit',
    async check(gate) {
      const service = someService();
      await enterAll(gate, service, ['a', 'b', 'c', 'd'], 3);
      assert.equal(await gate.enter(service, 'e', 5, 1), false);
      assert.deepEqual(await gate.leave(service, 'a'), ['d']);
    },
  },
  {
    title: 'names as many as there is room for',
    async check(gate) {
      const service = someService();
      await enterAll(gate, service, ['a', 'b', 'c', 'd'], 1);
      assert.equal(await gate.enter(service, 'e', 5, 3), false);
      assert.deepEqual(await gate.leave(service, 'a'), ['b', 'c', 'd']);
    },
  },
  {
    title: 'never has more inside than the limit, however many ask at once, and lets in the first that asked',
    async check(gate) {
      const service = someService();
      const runs = Array.from({ length: 40 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
      const answers = await Promise.all(runs.map((runId, index) => gate.enter(service, runId, index, 3)));
      assert.equal(answers.filter(Boolean).length, 3);
      const { inside, line } = await gate.members(service);
      assert.deepEqual([...inside, ...line].sort(), runs);
      assert.equal(inside.length, 3);
    },
  },
  {
    title: 'shows a hundred of each when there are more, and of those inside others in time',
    async check(gate) {
      const service = someService();
      const runs = Array.from({ length: 320 }, (_, index) => `run-${String(index).padStart(3, '0')}`);
      for (const [index, runId] of runs.entries()) await gate.enter(service, runId, index, 150);
      const { inside, line } = await gate.members(service);
      assert.equal(new Set(inside).size, 100);
      assert.ok(inside.every((runId) => runs.indexOf(runId) < 150));
      assert.deepEqual(line, runs.slice(150, 250));
      assert.equal((await gate.look(service, 'run-319')).before, 169);
      assert.equal((await gate.look(service, 'run-319')).inside.length, 100);
    },
  },
  {
    title: 'keeps services apart, whatever their names hold',
    async check(gate) {
      const service = someService();
      assert.equal(await gate.enter(`${service}{}`, 'a', 1, 1), true);
      assert.equal(await gate.enter(`${service}}{`, 'b', 2, 1), true);
      assert.equal(await gate.enter(`${service}%7D`, 'c', 3, 1), true);
      assert.deepEqual((await gate.members(`${service}}`)).inside, []);
    },
  },
];

function someService(): string {
  return `a service ${randomBytes(6).toString('hex')}`;
}

function enterAll(gate: RunGate, service: string, runs: readonly RunId[], limit: number): Promise<boolean[]> {
  return runs.reduce<Promise<boolean[]>>(
    async (before, runId, index) => [...(await before), await gate.enter(service, runId, index + 1, limit)],
    Promise.resolve([]),
  );
}
