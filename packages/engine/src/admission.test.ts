import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ADMIN,
  CountingRunIds,
  engineBundle,
  MemoryLog,
  putDevice,
  putService,
  requestOf,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { AdmissionControl, createAcceptRun, type Load } from './index.ts';

const IDLE: Load = { memoryUsedBytes: 1, memoryMaxBytes: 0, waiting: new Map(), plansWaiting: 0 };

const started: AdmissionControl[] = [];
afterEach(async () => {
  for (const control of started.splice(0)) await control.stop();
});

async function setup(load: Partial<Load>, clusters: readonly string[] = ['ams']) {
  const asked: (readonly string[])[] = [];
  const log = new MemoryLog();
  const state = { load: { ...IDLE, ...load }, broken: false };
  const control = new AdmissionControl({
    gauge: {
      read: async (names) => {
        asked.push(names);
        if (state.broken) throw new Error('away');
        return state.load;
      },
    },
    catalog: { lastView: () => ({ names: () => clusters }) as never },
    queueJobsMax: 10,
    log,
  });
  started.push(control);
  await control.start();
  return { control, asked, state, log };
}

function codeOf(work: () => void): string {
  try {
    work();
    return 'admitted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('admission', () => {
  it.each([
    [79, 100, 'admitted'],
    [80, 100, 'STORE_FULL'],
    [99, 0, 'admitted'],
  ])('with %d bytes of %d used: %s', async (memoryUsedBytes, memoryMaxBytes, expected) => {
    const { control } = await setup({ memoryUsedBytes, memoryMaxBytes });
    expect(codeOf(() => control.admit(['ams']))).toBe(expected);
    expect(codeOf(() => control.admit(null))).toBe(expected);
  });

  it('refuses a run for a full queue, and only for that', async () => {
    const { control } = await setup({ waiting: new Map([['ams', 10], ['fra', 9]]) }); // prettier-ignore
    expect(codeOf(() => control.admit(['fra', 'ams']))).toBe('QUEUE_FULL');
    expect(codeOf(() => control.admit(['fra']))).toBe('admitted');
    expect(codeOf(() => control.admit(null))).toBe('admitted');
  });

  it('refuses a run to be planned when too many are', async () => {
    const { control } = await setup({ plansWaiting: 10 });
    expect(codeOf(() => control.admit(null))).toBe('QUEUE_FULL');
    expect(codeOf(() => control.admit(['ams']))).toBe('admitted');
  });

  it('names the limit and when to try again', async () => {
    const { control, state } = await setup({ waiting: new Map([['ams', 11]]) });
    expect(() => control.admit(['ams'])).toThrow(
      expect.objectContaining({
        message: "Jobs that wait for the cluster 'ams': 11; RUNYARD_QUEUE_MAX allows 10.",
        retryAfter: 5,
        extensions: { limit: 'RUNYARD_QUEUE_MAX' },
      }),
    );
    state.load = { ...IDLE, memoryUsedBytes: 85, memoryMaxBytes: 100 };
    await control.sample();
    expect(() => control.admit(['fra'])).toThrow(
      expect.objectContaining({
        message: 'Redis has used 85 % of its maxmemory; from 80 % on no new runs are accepted.',
        retryAfter: 10,
        extensions: { limit: 'maxmemory' },
      }),
    );
  });

  it('keeps the last sample while it cannot measure', async () => {
    const { control, state, log } = await setup({ plansWaiting: 10 });
    state.broken = true;
    await control.sample();
    expect(codeOf(() => control.admit(null))).toBe('QUEUE_FULL');
    expect(log.entries.map(({ message }) => message)).toEqual(['load not measured']);
  });

  it('looks at the queues of many clusters in turn', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `c${index}`);
    const { control, asked } = await setup({}, names);
    await control.sample();
    await control.sample();
    expect(asked.every((list) => list.length === 200)).toBe(true);
    expect(new Set(asked.flat()).size).toBe(451);
  });

  it('does nothing when it was stopped before it was started', async () => {
    const { asked, control } = await setup({});
    await control.stop();
    await control.stop();
    await control.start();
    expect(asked).toHaveLength(1);
  });
});

describe('accepting under admission', () => {
  it('writes and queues nothing of a run that is refused, but answers a dry run', async () => {
    const { runs, queue, catalog, clock, put } = engineBundle();
    await put(putDevice(sampleDevice('d1')), putService(sampleService('test', { type: 'test', settings: {} })));
    const { control, state } = await setup({ waiting: new Map([['ams', 10]]) });
    const inputs = {
      validate: (_: unknown, params: object) => ({ params: params as never, errors: [] }),
      parameters: (_: unknown, params: object) => ({ params: params as never, errors: [] }),
    };
    const ids = new CountingRunIds(clock);
    const accept = createAcceptRun({ catalog, runs, queue, ids, inputs, admission: control });
    await expect(accept(requestOf({ devices: ['d1'] }), ADMIN)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(queue.slices.size).toBe(0);
    expect((await runs.list({}, null, 10)).items).toEqual([]);
    expect((await accept(requestOf({ devices: ['d1'], dryRun: true }), ADMIN)).kind).toBe('dry-run');
    state.load = { ...IDLE, waiting: new Map([['ams', 0]]) };
    await control.sample();
    expect((await accept(requestOf({ devices: ['d1'] }), ADMIN)).kind).toBe('accepted');
  });
});
