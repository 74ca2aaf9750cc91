import { describe, expect, it } from '@jest/globals';
import { needs } from '@runyard/testkit';
import { planCells } from './plan.ts';
import { runCell } from './run-cell.ts';

const SMALL = {
  smallRuns: 150,
  bigDevices: 800,
  sshDevices: 40,
  lockDevices: 100,
  workflowDevices: 30,
  schedules: 100,
};
const SEED = 1;

describe('a plan of chaos', () => {
  it('follows from its seed', () => {
    expect(planCells(SEED, null)).toEqual(planCells(SEED, null));
    expect(planCells(SEED, null)).not.toEqual(planCells(SEED + 1, null));
  });

  it('refuses a cell that there is none of', () => {
    expect(() => planCells(SEED, ['kill-worker/nothing'])).toThrow('there is no cell kill-worker/nothing');
  });
});

needs(describe, 'redis-server')('the history of a short seed is clean', () => {
  it.each(
    planCells(SEED, [
      'half-open/ssh',
      'kill-redis/small',
      'kill-worker/big',
      'kill-worker/locks',
      'kill-worker/workflow',
    ]),
  )('$name', async (plan) => {
    const { findings, results, accepted } = await runCell(plan, SMALL);
    expect(findings).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
    expect(results).toBeGreaterThan(0);
  });
});
