import { describe, expect, it } from '@jest/globals';
import type { RecordAnswer, ResultBatch, RunStore, SliceClaim } from '@runyard/domain';
import { MemoryLog, sampleResult } from '@runyard/testkit';
import { ResultRecorder } from './result-recorder.ts';

const ANSWER: RecordAnswer = {
  owned: true,
  cancelRequested: false,
  runState: 'running',
  nextSlice: null,
  paused: false,
  ended: false,
  soakMs: null,
};

/** A recorder of a slice of so many devices; its writes end when they are told to. */
function setup(expected: number) {
  const batches: ResultBatch[] = [];
  const ends: (() => void)[] = [];
  const record: RunStore['record'] = (_slice, _claim, batch) => {
    batches.push(batch);
    return new Promise((resolve) => ends.push(() => resolve(ANSWER)));
  };
  const recorder = new ResultRecorder({
    runs: { record } as RunStore,
    slice: { runId: '0'.repeat(24), slice: 0 },
    claim: {} as SliceClaim,
    log: new MemoryLog(),
    expected,
    onAnswer: () => undefined,
  });
  const sizes = (): number[] => batches.map(({ results }) => results.length);
  return { recorder, sizes, release: () => ends.splice(0).forEach((end) => end()) };
}

describe('recording results', () => {
  it('does not wait for others with the last result of a slice', () => {
    const { recorder, sizes } = setup(3);
    for (let position = 0; position < 2; position += 1) recorder.deviceEnded(position, sampleResult(`d${position}`));
    expect(sizes()).toEqual([]);
    recorder.deviceEnded(2, sampleResult('d2'));
    expect(sizes()).toEqual([3]);
  });

  it('does not wait for others when there are two hundred', () => {
    const { recorder, sizes } = setup(300);
    for (let position = 0; position < 200; position += 1) recorder.deviceEnded(position, sampleResult(`d${position}`));
    expect(sizes()).toEqual([200]);
  });

  it('does not wait for others when the outputs are large together', () => {
    const { recorder, sizes } = setup(300);
    const large = sampleResult('d', { result: 'x'.repeat(100_000) });
    for (let position = 0; position < 3; position += 1) recorder.deviceEnded(position, large);
    expect(sizes()).toEqual([3]);
  });

  it('writes what came in during a write with the next one', async () => {
    const { recorder, sizes, release } = setup(4);
    const large = sampleResult('d', { result: 'x'.repeat(300_000) });
    recorder.deviceEnded(0, large);
    for (let position = 1; position < 4; position += 1) recorder.deviceEnded(position, sampleResult(`d${position}`));
    expect(sizes()).toEqual([1]);
    release();
    const flushed = recorder.flush();
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(sizes()).toEqual([1, 3]);
    release();
    await flushed;
  });
});
