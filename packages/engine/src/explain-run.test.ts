import { describe, expect, it } from '@jest/globals';
import {
  type Cluster,
  type ClusterPause,
  type LockStore,
  type OpenSlice,
  REASON_CODES,
  type RunRecord,
  type RunSpec,
  type WorkerInfo,
} from '@runyard/domain';
import { sampleService, sampleSpec, TestClock } from '@runyard/testkit';
import { createExplainRun } from './explain-run.ts';
import { lasting } from './reason.ts';

const clock = new TestClock(Date.UTC(2026, 10, 21, 10, 0, 0));
const NOW_MS = clock.nowMs();
const COUNTS = {
  total: 10, pending: 10, running: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0, unknown: 0,
}; // prettier-ignore

interface World {
  readonly open?: readonly Partial<OpenSlice>[];
  readonly isComplete?: boolean;
  readonly workers?: readonly Partial<WorkerInfo>[];
  readonly cluster?: Omit<Cluster, 'name'>;
  readonly serviceParallel?: number;
  readonly gate?: { readonly inside: readonly string[]; readonly before: number | null };
  readonly locks?: Awaited<ReturnType<LockStore['waitingOf']>>;
  readonly pause?: ClusterPause;
  readonly jobsWaiting?: number;
  readonly plansWaiting?: number;
}

function recordOf(spec: Partial<RunSpec>, changes: Partial<RunRecord>): RunRecord {
  return {
    spec: sampleSpec(spec),
    state: 'queued',
    revision: 1,
    counts: COUNTS,
    planned: true,
    slices: 1,
    startedAtMs: null,
    endedAtMs: null,
    cancelRequested: false,
    pause: null,
    rollout: null,
    error: null,
    ...changes,
  };
}

const worker = (changes: Partial<WorkerInfo>): WorkerInfo => ({
  id: 'w1',
  cluster: 'ams',
  host: 'h',
  pid: 1,
  version: '0',
  serviceTypes: ['ssh-command'],
  slots: 10,
  busySlots: 0,
  startedAtMs: 0,
  seenAtMs: NOW_MS,
  draining: false,
  ...changes,
});

/** What is answered about a run in a world where one worker lives in the one cluster, unless told otherwise. */
async function explain(spec: Partial<RunSpec>, changes: Partial<RunRecord>, world: World = {}) {
  const record = recordOf(spec, changes);
  const explanation = await createExplainRun({
    runs: { get: async () => record },
    slices: async (runId) => ({
      open: (world.open ?? []).map((slice, index) => ({
        runId,
        slice: index,
        cluster: 'ams',
        owner: null,
        isReleased: true,
        ...slice,
      })),
      isComplete: world.isComplete ?? true,
    }),
    workers: { live: async () => (world.workers ?? [{}]).map(worker) },
    catalog: {
      cluster: async (name) => ({ name, ...world.cluster }),
      serviceVersion: async (name) =>
        sampleService(name, world.serviceParallel === undefined ? {} : { parallel: world.serviceParallel }),
    },
    gate: { look: async () => world.gate ?? { inside: [], before: null } },
    locks: { waitingOf: async (_, limit) => (world.locks ?? []).slice(0, limit) },
    pauses: { get: async () => world.pause ?? null },
    waiting: async (clusters) => ({
      waiting: new Map(clusters.map((cluster) => [cluster, world.jobsWaiting ?? 0])),
      plansWaiting: world.plansWaiting ?? 0,
    }),
    clock,
  })(record.spec.id);
  expect(explanation).toMatchObject({ id: record.spec.id, state: record.state });
  for (const { code } of explanation.reasons) expect(REASON_CODES).toContain(code);
  return explanation.reasons;
}

const codes = (reasons: Awaited<ReturnType<typeof explain>>) => reasons.map(({ code }) => code);

describe('why a run is where it is', () => {
  it('is refused for a run that is not there', async () => {
    const gone = createExplainRun({ runs: { get: async () => null } } as never)('a'.repeat(24));
    await expect(gone).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('says that a run has ended, and how', async () => {
    const error = { code: 'TARGETS_EMPTY', message: 'No device is left.' } as const;
    expect(await explain({}, { state: 'failed', endedAtMs: NOW_MS, error })).toEqual([
      {
        code: 'ended',
        message: 'It has ended as failed at 2026-11-21 10:00:00 UTC; nothing waits. No device is left.',
        facts: { sinceMs: NOW_MS },
      },
    ]);
  });

  it('says that a run is to end, and who still has it', async () => {
    const counts = { ...COUNTS, pending: 8, running: 2 };
    const reasons = await explain(
      {},
      { state: 'cancelling', cancelRequested: true, counts },
      { open: [{ owner: 'w1' }] },
    );
    expect(codes(reasons)).toEqual(['ending', 'running']);
  });

  it('says who paused it, since when and why', async () => {
    const pause = { by: 'olga', atMs: NOW_MS, reason: 'change freeze' };
    const [first] = await explain({}, { pause });
    expect(first).toEqual({
      code: 'paused',
      message:
        'It was paused by olga at 2026-11-21 10:00:00 UTC: change freeze. Nothing of it begins until somebody resumes it.',
      facts: { by: 'olga', sinceMs: NOW_MS },
    });
    const [rollout] = await explain({}, { pause: { by: 'rollout', atMs: NOW_MS } });
    expect(rollout?.message).toContain('paused by its rollout at');
  });

  it('says that its cluster is paused', async () => {
    const pause = { cluster: 'ams', by: 'ada', atMs: NOW_MS, reason: 'maintenance' };
    const [first] = await explain({}, {}, { open: [{}], pause });
    expect(first).toMatchObject({
      code: 'cluster-paused',
      message: expect.stringContaining("'ams' was paused by ada at 2026-11-21 10:00:00 UTC: maintenance."),
      facts: { cluster: 'ams', by: 'ada' },
    });
  });

  it('says how many runs are planned before it', async () => {
    expect(await explain({}, { planned: false }, { plansWaiting: 6 })).toEqual([
      {
        code: 'planning',
        message: 'It waits for its devices to be looked up and cut into slices; it has about 5 runs before it.',
        facts: { before: 5 },
      },
    ]);
    const [next] = await explain({}, { planned: false });
    expect(next?.message).toContain('it is the next');
  });

  it('names the runs that have the places of its service', async () => {
    const spec = { service: 'backup', maxConcurrent: 2 };
    expect(await explain(spec, { planned: false }, { gate: { inside: ['a', 'b'], before: 3 } })).toEqual([
      {
        code: 'max-concurrent',
        message: "The service 'backup' has at most 2 runs in work at once: a, b; it has 3 runs before it.",
        facts: { limit: 2, runs: ['a', 'b'], before: 3 },
      },
    ]);
    // It was let in, or has not asked yet.
    expect(codes(await explain(spec, { planned: false }, { gate: { inside: ['a'], before: null } }))).toEqual([
      'planning',
    ]);
  });

  it('says that no worker lives in its cluster', async () => {
    const [first] = await explain({}, {}, { open: [{}, {}], workers: [{ cluster: 'osl' }] });
    expect(first).toEqual({
      code: 'no-worker',
      message: "No live worker is in the cluster 'ams', where it has 2 slices to do.",
      facts: { cluster: 'ams', slices: 2 },
    });
  });

  it('says that all workers of its cluster are stopping', async () => {
    const [first] = await explain({}, {}, { open: [{}], workers: [{ draining: true }] });
    expect(first).toMatchObject({ code: 'no-worker', facts: { workers: ['w1'] } });
  });

  it('says that no worker of its cluster runs its type of service', async () => {
    const [first] = await explain({ type: 'netconf' }, {}, { open: [{}] });
    expect(first).toMatchObject({
      code: 'no-worker-of-type',
      message: "No worker in the cluster 'ams' runs services of the type 'netconf'.",
    });
  });

  it('says that the worker that had it was lost', async () => {
    const reasons = await explain({}, { state: 'running', startedAtMs: 1 }, { open: [{ owner: 'w7' }] });
    expect(reasons[0]).toMatchObject({ code: 'worker-lost', facts: { workers: ['w7'], slices: 1 } });
  });

  it.each([
    ['normal', 120, 117, 'with up to 117 other jobs before; its priority is normal.'],
    ['high', 120, 0, 'with no other job before it; its priority is high.'],
    ['low', 4, 1, 'with up to 1 other job before; its priority is low, so others are taken first.'],
  ] as const)(
    'says how many jobs come before its slices with priority %s',
    async (priority, jobsWaiting, before, text) => {
      const [first] = await explain({ priority }, {}, { open: [{}, {}, {}, { isReleased: false }], jobsWaiting });
      expect(first).toEqual({
        code: 'queued',
        message: `It has 3 slices in the queue of the cluster 'ams', ${text}`,
        facts: { cluster: 'ams', slices: 3, before, priority },
      });
    },
  );

  it('says that all slots of its workers are taken', async () => {
    const reasons = await explain({}, {}, { open: [{ owner: 'w1' }], workers: [{ busySlots: 10 }] });
    expect(reasons[0]).toMatchObject({ code: 'slots', facts: { limit: 10, workers: ['w1'] } });
  });

  it('says what rate its cluster has', async () => {
    const cluster = { rate: { devices: 50, perMs: 60_000 } };
    const reasons = await explain({}, {}, { open: [{ owner: 'w1' }], cluster });
    expect(reasons[0]).toEqual({
      code: 'rate',
      message: "The cluster 'ams' lets 50 devices begin in 1 min, over all runs.",
      facts: { cluster: 'ams', limit: 50, perMs: 60_000 },
    });
  });

  it('says at which batch its rollout is, and until when that soaks', async () => {
    const soaking = { batch: 0, batches: 4, nextAtMs: NOW_MS + 90_000 };
    const reasons = await explain({}, { rollout: soaking }, { open: [{ isReleased: false }] });
    expect(reasons).toEqual([
      {
        code: 'rollout',
        message:
          'It goes batch by batch and is at batch 1 of 4, which has ended; the next one begins after 2026-11-21 10:01:30 UTC.',
        facts: { batch: 1, batches: 4, untilMs: NOW_MS + 90_000 },
      },
    ]);
    const [working] = await explain({}, { rollout: { ...soaking, nextAtMs: null } });
    expect(working?.message).toContain('batch 1 of 4, which is in work.');
  });

  it('says how many slices wait for earlier ones', async () => {
    const open = [{ owner: 'w1' }, { isReleased: false }, { isReleased: false }];
    const reasons = await explain({}, {}, { open });
    expect(reasons[0]).toEqual({
      code: 'window',
      message: 'It has 2 slices that come into the queue when earlier ones of it are done.',
      facts: { slices: 2 },
    });
    const [partly] = await explain({}, {}, { open, isComplete: false });
    expect(partly?.message).toContain('at least 2 slices');
  });

  it('says how many devices it has at once, by itself or by its service', async () => {
    const counts = { ...COUNTS, pending: 7, running: 3 };
    const own = await explain({ parallel: 3 }, { counts }, { open: [{ owner: 'w1' }], serviceParallel: 5 });
    expect(own[0]).toEqual({
      code: 'parallel',
      message: 'It has at most 3 devices in work at once (parallel); 7 have not begun.',
      facts: { limit: 3, devices: 7 },
    });
    const byService = await explain({}, { counts }, { open: [{ owner: 'w1' }], serviceParallel: 5 });
    expect(byService[0]).toMatchObject({ code: 'parallel', facts: { limit: 5 } });
  });

  it('names the locks that its devices wait for, and who holds them', async () => {
    const holder = { runId: 'b'.repeat(24), device: 'r9', service: 's', principal: 'ada' };
    const wish = { device: 'r1', key: 'rack-7', heldBy: holder };
    const locks = [wish, { ...wish, device: '', heldBy: null }, ...Array.from({ length: 20 }, () => wish)];
    const reasons = await explain({ lock: 'rack' }, {}, { open: [{ owner: 'w1' }], locks });
    const found = reasons.filter(({ code }) => code === 'lock');
    expect(found).toHaveLength(10);
    expect(found.slice(0, 2)).toEqual([
      {
        code: 'lock',
        message: `The device 'r1' waits for the lock 'rack-7', which the run ${holder.runId} holds for the device 'r9'.`,
        facts: { device: 'r1', lock: 'rack-7', heldBy: { run: holder.runId, device: 'r9' } },
      },
      {
        code: 'lock',
        message: "It waits for the lock 'rack-7', which nobody holds now.",
        facts: { device: '', lock: 'rack-7', heldBy: null },
      },
    ]);
    expect(codes(await explain({}, {}, { open: [{ owner: 'w1' }], locks }))).not.toContain('lock');
  });

  it('says how many devices are in work and where', async () => {
    const counts = { ...COUNTS, pending: 9, running: 1 };
    const workers = [{}, { id: 'w2' }, { id: 'w3' }];
    const reasons = await explain({}, { counts }, { open: [{ owner: 'w1' }, { owner: 'w2' }], workers });
    expect(reasons).toEqual([
      {
        code: 'running',
        message: '1 device is in work on the worker w1, w2.',
        facts: { devices: 1, workers: ['w1', 'w2'] },
      },
    ]);
  });

  it('says until when it must have begun and ended', async () => {
    const reasons = await explain({ startByMs: NOW_MS + 12_000, deadlineMs: NOW_MS - 1 }, {}, { open: [{}] });
    expect(reasons.slice(-2)).toEqual([
      {
        code: 'start-by',
        message: 'It expires unless it begins by 2026-11-21 10:00:12 UTC, in 12 s.',
        facts: { untilMs: NOW_MS + 12_000 },
      },
      {
        code: 'deadline',
        message: 'It expires unless it ends by 2026-11-21 09:59:59 UTC, which is now over.',
        facts: { untilMs: NOW_MS - 1 },
      },
    ]);
    const begun = await explain({ startByMs: NOW_MS + 12_000 }, { startedAtMs: 1 }, { open: [{}] });
    expect(codes(begun)).not.toContain('start-by');
  });

  it('says that it moves on when nothing is in its way', async () => {
    expect(codes(await explain({}, { state: 'running' }))).toEqual(['moving']);
  });

  it('looks at no more than twenty clusters', async () => {
    const open = Array.from({ length: 50 }, (_, index) => ({ cluster: `c${index}` }));
    const reasons = await explain({}, {}, { open });
    expect(reasons.filter(({ code }) => code === 'no-worker')).toHaveLength(20);
  });
});

describe('a length of time in words', () => {
  it.each([
    [90_061_000, '1 d'],
    [7_200_000, '2 h'],
    [119_000, '1 min'],
    [12_300, '12 s'],
    [250, '250 ms'],
    [-5, '0 ms'],
  ])('of %i ms is %s', (durationMs, text) => {
    expect(lasting(durationMs)).toBe(text);
  });
});
