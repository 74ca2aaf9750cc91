import { describe, expect, it } from '@jest/globals';
import type { RunStore } from '@runyard/domain';
import { Slots } from '@runyard/engine';
import { MemoryRunStore, samplePlan, sampleSpec, TestClock } from '@runyard/testkit';
import { WorkerMetrics } from './metrics.ts';

describe('a run store that is counted', () => {
  it('claims a run whose rights were looked at again, and counts it', async () => {
    const memory = new MemoryRunStore({ clock: new TestClock(), rightsRevision: () => 'now' });
    const spec = sampleSpec({ rightsRevision: 'before' });
    await memory.accept(spec, samplePlan(['d1']));
    const claim: RunStore['claim'] = (...asked) => memory.claim(...asked);
    const store: Pick<RunStore, 'claim'> = { claim };
    const metrics = new WorkerMetrics('ams', new Slots(1));
    const runs = metrics.watch(store as RunStore);
    const slice = { runId: spec.id, slice: 0 };
    expect(await runs.claim(slice, 'w1')).toBe('unchecked');
    expect(await runs.claim(slice, 'w1', 'now')).toMatchObject({ token: 1 });
    expect(await metrics.registry.metrics()).toMatch(/runyard_slices_total\{event="claimed",cluster="ams"\} 1/);
  });
});
