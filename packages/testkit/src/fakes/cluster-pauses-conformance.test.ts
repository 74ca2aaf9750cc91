import { describe, expect, it } from '@jest/globals';
import { clusterPausesConformance } from '../conformance/cluster-pauses.ts';
import { MemoryClusterPauses } from './memory-cluster-pauses.ts';

describe('paused clusters in memory', () => {
  it.each(clusterPausesConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryClusterPauses())).resolves.toBeUndefined();
  });
});
