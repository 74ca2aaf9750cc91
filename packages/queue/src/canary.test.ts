import { describe, expect, it } from '@jest/globals';
import { MemoryLog, TestClock } from '@runyard/testkit';
import { Canary } from './canary.ts';
import type { QueuePulse } from './pulling-worker.ts';

/** A worker with a free place whose canary somebody takes at once. Tests change what they are about. */
async function setUp() {
  const clock = new TestClock();
  const log = new MemoryLog();
  const state = { paused: false, waits: false, isAway: false, hangs: false, isReachable: true };
  const pulse = { inHand: 0, places: 2, takenAtMs: 0, answeredAtMs: 0, failedAtMs: 0 } satisfies QueuePulse;
  const silent: number[] = [];
  const added: string[] = [];
  const calls = async <Value>(value: Value): Promise<Value> => {
    if (state.isAway) throw new Error('away');
    if (state.hangs) return new Promise<Value>(() => undefined);
    return value;
  };
  const canary = new Canary({
    cluster: 'ams',
    workerId: 'w1',
    queue: {
      addCanary: async (_, workerId) => void added.push(await calls(workerId)),
      hasCanary: () => calls(state.waits),
      isPaused: () => calls(state.paused),
      removeCanary: () => calls(undefined),
    },
    pulse: () => pulse,
    isReachable: () => Promise.resolve(state.isReachable),
    clock,
    log,
    onSilent: (silentMs) => silent.push(silentMs),
    answerMs: 20,
  });
  await canary.start();
  const looks = async (count: number, before: () => void = () => undefined): Promise<void> => {
    for (let look = 0; look < count; look += 1) {
      clock.advance(5_000);
      before();
      await canary.look();
    }
  };
  return { clock, log, state, pulse, silent, added, canary, looks };
}

describe('the canary of a worker', () => {
  it('calls a worker silent, once, whose queue neither gave it anything nor answered for 15 s', async () => {
    const { canary, log, silent, added, looks } = await setUp();
    await looks(2);
    expect([silent, canary.silentMs]).toEqual([[], 10_000]);
    await looks(3);
    expect(silent).toEqual([15_000]);
    expect(added).toEqual(['w1', 'w1', 'w1']);
    expect(log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    await canary.stop();
  });

  it('leaves a worker alone that takes something now and then', async () => {
    const { canary, clock, pulse, silent, looks } = await setUp();
    await looks(10, () => (pulse.takenAtMs = clock.nowMs() - 4_000));
    expect(silent).toEqual([]);
    await canary.stop();
  });

  it('leaves a worker alone that asks and gets nothing because others take the canaries', async () => {
    const { canary, clock, pulse, silent, looks } = await setUp();
    await looks(10, () => (pulse.answeredAtMs = clock.nowMs()));
    expect(silent).toEqual([]);
    await canary.stop();
  });

  it('calls a worker silent that asks and gets nothing though its own canary waits', async () => {
    const { canary, clock, state, pulse, silent, looks } = await setUp();
    state.waits = true;
    await looks(4, () => (pulse.answeredAtMs = clock.nowMs()));
    expect(silent).toEqual([15_000]);
    await canary.stop();
  });

  it.each([
    ['all places are taken', { inHand: 2 }, {}],
    ['the queue is paused', {}, { paused: true }],
    ['Redis refuses', {}, { isAway: true }],
  ])('leaves a worker alone while %s, and for 15 s afterwards', async (_, pulseNow, stateNow) => {
    const { canary, state, pulse, silent, added, looks } = await setUp();
    Object.assign(pulse, pulseNow);
    Object.assign(state, stateNow);
    await looks(10);
    expect([silent, added]).toEqual([[], []]);
    Object.assign(pulse, { inHand: 0 });
    Object.assign(state, { paused: false, isAway: false });
    await looks(2);
    expect(silent).toEqual([]);
    await looks(1);
    expect(silent).toEqual([15_000]);
    await canary.stop();
  });

  it('calls a worker silent that for 30 s is not answered over its own connection, while a new one is', async () => {
    const { canary, state, silent, log, looks } = await setUp();
    state.hangs = true;
    // The first question waits for its answer as long as it may, the next ones are not asked.
    await looks(6);
    expect(silent).toEqual([]);
    await looks(2);
    expect(silent).toEqual([30_000]);
    expect(log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    await canary.stop();
  });

  it('leaves a worker alone that nobody could replace because Redis answers no new connection either', async () => {
    const { canary, state, silent, looks } = await setUp();
    Object.assign(state, { hangs: true, isReachable: false });
    await looks(10);
    state.isReachable = true;
    await looks(6);
    expect(silent).toEqual([]);
    await looks(1);
    expect(silent).toEqual([30_000]);
    await canary.stop();
  });

  it('leaves a worker alone that stood still itself', async () => {
    const { canary, clock, silent, looks } = await setUp();
    await looks(2);
    clock.advance(60_000);
    await looks(1);
    expect(silent).toEqual([]);
    await canary.stop();
  });

  it('waits for the next question after one that failed', async () => {
    const { canary, clock, pulse, silent, looks } = await setUp();
    pulse.failedAtMs = clock.nowMs();
    await looks(5);
    expect(silent).toEqual([]);
    await looks(1);
    expect(silent).toEqual([15_000]);
    await canary.stop();
  });

  it('does nothing before it was started or after it was stopped', async () => {
    const { canary, silent, added, looks } = await setUp();
    await canary.stop();
    await canary.stop();
    await canary.start();
    await looks(5);
    expect([silent, added]).toEqual([[], []]);
  });
});
