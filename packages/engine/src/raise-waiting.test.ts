import { describe, expect, it } from '@jest/globals';
import type { OpenSlice, RunSpec, SliceJob } from '@runyard/domain';
import { MemoryRunQueue, sampleSpec, TestClock } from '@runyard/testkit';
import { createRaiseWaiting } from './raise-waiting.ts';

function setUp() {
  const clock = new TestClock();
  const queue = new MemoryRunQueue(clock);
  const asked: (readonly SliceJob[])[] = [];
  const raise = queue.raise.bind(queue);
  queue.raise = (jobs, stepMs) => {
    asked.push(jobs);
    return raise(jobs, stepMs);
  };
  const accept = async (number: number, priority: 'high' | 'normal' | 'low' = 'normal', cluster = 'ams') => {
    const id = number.toString(16).padStart(24, '0');
    const spec: RunSpec = { ...sampleSpec(), id, createdAtUs: clock.nowMs() * 1_000, priority };
    await queue.addSlices([{ runId: id, slice: 0, cluster, service: spec.service, priority }]);
    return spec;
  };
  return { clock, queue, asked, accept, ageing: createRaiseWaiting({ queue, clock }) };
}

const idle = ({ id }: RunSpec, slice = 0, cluster = 'ams'): OpenSlice => ({
  runId: id,
  slice,
  cluster,
  owner: null,
  isReleased: true,
});
const order = (queue: MemoryRunQueue): number[] => [...queue.slices.values()].map(({ runId }) => parseInt(runId, 16));

describe('raising runs that wait', () => {
  it('lets a low run be taken like a normal one after a minute, and before all after two', async () => {
    const { clock, queue, accept, ageing } = setUp();
    const low = await accept(1, 'low');
    clock.advance(59_000);
    await accept(2, 'high');
    await accept(3);
    ageing.consider(low, [idle(low)]);
    await ageing.raise();
    expect(order(queue)).toEqual([2, 3, 1]);

    clock.advance(1_000);
    await accept(4, 'low');
    ageing.consider(low, [idle(low)]);
    await ageing.raise();
    expect(order(queue)).toEqual([2, 3, 1, 4]);

    clock.advance(60_000);
    await ageing.raise();
    expect(order(queue)).toEqual([1, 2, 3, 4]);
  });

  it('puts the run that waits longest first, wherever the round began', async () => {
    const { clock, queue, accept, ageing } = setUp();
    const older = await accept(1);
    clock.advance(1_000);
    const younger = await accept(2);
    clock.advance(60_000);
    await accept(3, 'high');
    ageing.consider(older, [idle(older)]);
    await ageing.raise();
    ageing.consider(younger, [idle(younger)]);
    await ageing.raise();
    expect(order(queue)).toEqual([1, 2, 3]);
  });

  it('forgets what was taken', async () => {
    const { clock, queue, accept, asked, ageing } = setUp();
    const spec = await accept(1);
    clock.advance(60_000);
    ageing.consider(spec, [idle(spec)]);
    queue.take();
    await ageing.raise();
    await ageing.raise();
    expect(asked.map((jobs) => jobs.length)).toEqual([1, 0]);
  });

  it('raises the oldest hundred of a cluster in one round, and those of other clusters beside them', async () => {
    const { clock, accept, asked, ageing } = setUp();
    const specs = [];
    for (let number = 150; number > 0; number -= 1) specs.push(await accept(number));
    const other = await accept(1_000, 'normal', 'fra');
    clock.advance(60_000);
    for (const spec of specs) ageing.consider(spec, [idle(spec)]);
    ageing.consider(other, [idle(other, 0, 'fra')]);
    await ageing.raise();
    const numbers = asked[0]?.map(({ runId }) => parseInt(runId, 16)) ?? [];
    expect(numbers.sort((a, b) => a - b)).toEqual([...Array.from({ length: 100 }, (_, index) => index + 1), 1_000]);
  });

  it('raises the plan job of a run that is not planned', async () => {
    const { clock, queue, accept, ageing } = setUp();
    const asked: (readonly string[])[] = [];
    queue.raisePlans = (ids) => {
      asked.push(ids);
      return Promise.resolve([]);
    };
    const spec = await accept(1);
    ageing.consider(spec, 'plan');
    clock.advance(60_000);
    await ageing.raise();
    ageing.consider(spec, 'plan');
    await ageing.raise();
    expect(asked).toEqual([[], [spec.id]]);
  });
});
