import { describe, expect, it } from '@jest/globals';
import type { RunStore } from '@runyard/domain';
import { MemoryRunStore, samplePlan, sampleResult, sampleSpec, TestClock } from '@runyard/testkit';
import { resultBody } from './result-body.ts';

/** A run on so many devices that has ended, and how many rows were read so far. */
async function endedRun(devices: number) {
  const runs = new MemoryRunStore({ clock: new TestClock() });
  const spec = sampleSpec();
  const names = Array.from({ length: devices }, (_, index) => `d${index}`);
  await runs.accept(spec, samplePlan(names));
  const slice = { runId: spec.id, slice: 0 };
  const claim = await runs.claim(slice, 'worker');
  if (typeof claim !== 'object') throw new Error('no claim');
  const results = names.map((name, position) => ({ position, result: sampleResult(name) }));
  await runs.record(slice, claim, { started: [], results, log: [] });
  const record = await runs.get(spec.id);
  if (!record) throw new Error('no run');
  const read = { rows: 0 };
  const counting = Object.create(runs) as RunStore;
  counting.devices = async (...args) => {
    const page = await runs.devices(...args);
    read.rows += page.items.length;
    return page;
  };
  return { record, read, runs: counting };
}

describe('the body of a large run', () => {
  it('is given part by part, each read when it is needed', async () => {
    const { runs, record, read } = await endedRun(5_000);
    const readAtPart: number[] = [];
    let text = '';
    for await (const part of resultBody(runs, record)) {
      text += part;
      readAtPart.push(read.rows);
    }
    // Every device is read for the summary and for its own part, and never more than a page ahead.
    expect(readAtPart.at(-1)).toBe(10_000);
    expect(readAtPart[10]).toBeLessThanOrEqual(500);
    expect(Object.keys(JSON.parse(text).devices)).toHaveLength(5_000);
  });

  it('has the very form of that of a small one', async () => {
    const bodyOf = async (devices: number): Promise<Record<string, unknown>> => {
      const { runs, record } = await endedRun(devices);
      let text = '';
      for await (const part of resultBody(runs, record)) text += part;
      return JSON.parse(text);
    };
    const [small, large] = [await bodyOf(1), await bodyOf(1_001)];
    expect(Object.keys(large)).toEqual(Object.keys(small));
    expect((large['devices'] as Record<string, unknown>)['d0']).toEqual(
      (small['devices'] as Record<string, unknown>)['d0'],
    );
  });
});
