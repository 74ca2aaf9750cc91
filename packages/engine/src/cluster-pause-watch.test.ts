import { describe, expect, it } from '@jest/globals';
import { MemoryClusterPauses, MemoryControlChannel, MemoryLog, waitFor } from '@runyard/testkit';
import { ClusterPauseWatch } from './cluster-pause-watch.ts';
import { followClusterPause } from './follow-cluster-pause.ts';

const PAUSE = { cluster: 'ams', by: 'ada', atMs: 1 };

function setUp() {
  const pauses = new MemoryClusterPauses();
  const control = new MemoryControlChannel();
  const log = new MemoryLog();
  const paused = new Set<string>();
  const calls: string[] = [];
  const queues = {
    isPaused: async (cluster: string) => paused.has(cluster),
    pause: async (cluster: string) => {
      calls.push('pause');
      paused.add(cluster);
    },
    resume: async (cluster: string) => {
      calls.push('resume');
      paused.delete(cluster);
    },
  };
  const watch = new ClusterPauseWatch({ cluster: 'ams', pauses, queues, control, log });
  return { pauses, control, log, paused, calls, queues, watch };
}

describe('a worker that watches whether its cluster is paused', () => {
  it('knows at its start, and makes a queue follow that a crash left behind', async () => {
    const { pauses, paused, watch } = setUp();
    await pauses.pause(PAUSE);
    await watch.start();
    expect([watch.isPaused, watch.signal.aborted, paused.has('ams')]).toEqual([true, true, true]);
    await watch.stop();
  });

  it('resumes a queue that a crash left paused', async () => {
    const { paused, watch } = setUp();
    paused.add('ams');
    await watch.start();
    expect([watch.isPaused, paused.has('ams')]).toEqual([false, false]);
    await watch.stop();
  });

  it('hears of a change by the control channel', async () => {
    const { pauses, control, watch } = setUp();
    await watch.start();
    const before = watch.signal;
    await pauses.pause(PAUSE);
    await control.clusterPause('fra');
    await control.clusterPause('ams');
    await waitFor(() => watch.isPaused);
    expect(before.aborted).toBe(true);
    await pauses.resume('ams');
    await control.clusterPause('ams');
    await waitFor(() => !watch.isPaused);
    expect(watch.signal.aborted).toBe(false);
    await watch.stop();
  });

  it('sees a change without a message', async () => {
    const { pauses, watch } = setUp();
    await watch.start();
    await pauses.pause(PAUSE);
    await waitFor(() => watch.isPaused);
    await watch.stop();
  });

  it('does not say paused before the queue is, so that nothing handed back comes straight back', async () => {
    const { pauses, queues, watch } = setUp();
    let letGo: (() => void) | null = null;
    queues.pause = () => new Promise((resolve) => (letGo = resolve));
    await pauses.pause(PAUSE);
    const looking = watch.look();
    await waitFor(() => letGo);
    expect(watch.isPaused).toBe(false);
    queues.isPaused = () => Promise.resolve(true);
    await waitFor(() => {
      letGo?.();
      return watch.isPaused;
    });
    await looking;
    await watch.stop();
  });

  it('keeps to what it saw last while the store is away', async () => {
    const { pauses, log, watch } = setUp();
    await pauses.pause(PAUSE);
    await watch.look();
    pauses.get = () => Promise.reject(new Error('away'));
    await watch.look();
    expect(watch.isPaused).toBe(true);
    expect(log.entries.some(({ level }) => level === 'warn')).toBe(true);
    await watch.stop();
  });
});

describe('a queue that follows the mark of its cluster', () => {
  it('is left alone when the two are alike', async () => {
    const { pauses, queues, calls } = setUp();
    expect(await followClusterPause('ams', { pauses, queues })).toBe(false);
    await pauses.pause(PAUSE);
    await queues.pause('ams');
    calls.length = 0;
    expect(await followClusterPause('ams', { pauses, queues })).toBe(true);
    expect(calls).toEqual([]);
  });

  it('ends as the mark says that somebody changed meanwhile', async () => {
    const { pauses, queues, paused, calls } = setUp();
    await pauses.pause(PAUSE);
    const pause = queues.pause;
    queues.pause = async (cluster) => {
      await pause(cluster);
      await pauses.resume(cluster);
    };
    expect(await followClusterPause('ams', { pauses, queues })).toBe(false);
    expect([calls, paused.size]).toEqual([['pause', 'resume'], 0]);
  });
});
