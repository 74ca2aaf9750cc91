import { describe, expect, it } from '@jest/globals';
import { scheduleStoreConformance } from '../conformance/schedule-store.ts';
import { MemoryScheduleStore } from './memory-schedule-store.ts';

describe('the schedules in memory', () => {
  it.each(scheduleStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryScheduleStore())).resolves.toBeUndefined();
  });
});
