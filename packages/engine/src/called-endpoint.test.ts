import { describe, expect, it } from '@jest/globals';
import { cronTimes } from '@runyard/contracts';
import type { Service } from '@runyard/domain';
import {
  engineBundle,
  MemoryScheduleStore,
  putService,
  RunDriver,
  sampleSchedule,
  sampleService,
} from '@runyard/testkit';
import { runService, workflowService } from '../test/workflow-samples.ts';
import { ScheduleFirer } from './fire-schedules.ts';

const MINUTE_MS = 60_000;

/** A service with an endpoint, a workflow of which a step calls it, and a schedule that calls it each minute. */
async function setup(changes: Partial<Service>, runAs?: string) {
  const bundle = engineBundle();
  const { put, catalog, accept, runs, ids, clock, log } = bundle;
  const endpoint = { name: 'e', methods: ['GET'], parameters: [], ...(runAs === undefined ? {} : { runAs }) } as const;
  await put(
    ...['sa_endpoint', 'sa_schedule'].map(
      (name) => ({ kind: 'service-account', action: 'put', item: { name, roles: ['operator'] } }) as const,
    ),
    putService(
      sampleService('called', { type: 'test', runMethod: 'once', settings: {}, endpoints: [endpoint], ...changes }),
    ),
    putService(workflowService('flow', [runService('called', { endpoint: 'e' })])),
    {
      kind: 'schedule',
      action: 'put',
      item: sampleSchedule('minutely', { service: 'called', endpoint: 'e', runAs: 'sa_schedule', cron: '* * * * *' }),
    },
  );
  const lead = async () => true;
  const schedules = new MemoryScheduleStore();
  const firer = new ScheduleFirer({ catalog, schedules, times: cronTimes, accept, runs, ids, clock, log, lead });
  const called = () => [...runs.records.values()].filter(({ spec }) => spec.service === 'called');
  return {
    called,
    byStep: async () => {
      const id = await bundle.start({ service: 'flow' });
      await new RunDriver(bundle).until(() => runs.records.get(id)?.state === 'succeeded');
    },
    bySchedule: async () => {
      await firer.fire();
      clock.advance(MINUTE_MS);
      await firer.fire();
    },
  };
}

describe('an endpoint that is called by a step or a schedule', () => {
  it.each(['byStep', 'bySchedule'] as const)('is run %s while its service is in maintenance', async (way) => {
    const set = await setup({ maintenance: { retryAfterMs: MINUTE_MS } });
    await set[way]();
    expect(set.called().map(({ spec }) => spec.endpoint)).toEqual(['e']);
  });

  it.each([
    ['byStep', 'ada'],
    ['bySchedule', 'sa_schedule'],
  ] as const)('is run %s as whom that says, and not as its own run-as', async (way, principal) => {
    const set = await setup({}, 'sa_endpoint');
    await set[way]();
    expect(set.called().map(({ spec }) => spec.principal)).toEqual([principal]);
  });
});
