import type { StepRef } from '@runyard/domain';

/** A step of a device in the hash of its run, and in messages about it. Neither part holds a line feed. */
export function stepField({ device, step }: Omit<StepRef, 'runId'>): string {
  return `${device}\n${step}`;
}
