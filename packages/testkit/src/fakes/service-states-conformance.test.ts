import { describe, expect, it } from '@jest/globals';
import { serviceStatesConformance } from '../conformance/service-states.ts';
import { MemoryServiceStates } from './memory-service-states.ts';

describe('the kept states in memory', () => {
  it.each(serviceStatesConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryServiceStates())).resolves.toBeUndefined();
  });
});
