import { describe, expect, it } from '@jest/globals';
import { cronTimes } from '@runyard/contracts';
import { AppError, type Schedule, scheduleKey, type SlotClaim, type SlotResult } from '@runyard/domain';
import {
  ADMIN,
  CountingRunIds,
  engineBundle,
  MemoryScheduleStore,
  putDevice,
  putService,
  sampleDevice,
  sampleSchedule,
  sampleService,
} from '@runyard/testkit';
import { type AcceptRun, ScheduleFirer } from './index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EVERY_MINUTE = { cron: '* * * * *', overlap: 'allow' } as const;

class ObservedStore extends MemoryScheduleStore {
  readonly fired: number[] = [];
  /** The process that settles next dies before it does. */
  diesAtSettle = false;

  override async settle(name: string, claim: SlotClaim, result: SlotResult): Promise<boolean> {
    if (this.diesAtSettle) {
      this.diesAtSettle = false;
      throw new Error('died');
    }
    const settled = await super.settle(name, claim, result);
    if (settled && result.outcome === 'fired') this.fired.push(claim.slotMs);
    return settled;
  }
}

type Wrap = (accept: AcceptRun) => AcceptRun;

/** A schedule `test` at a time, and two gateways that both believe that they lead. */
async function setup(start: string, changes: Partial<Schedule>, wraps: readonly Wrap[] = []) {
  const bundle = engineBundle();
  const { clock, catalog, runs, log } = bundle;
  clock.advance(Date.parse(start) - clock.nowMs());
  const put = (schedule: Partial<Schedule>) =>
    bundle.put({
      kind: 'schedule',
      action: 'put',
      item: sampleSchedule('test', { devices: ['d1'], timeZone: 'Europe/Oslo', ...changes, ...schedule }),
    });
  await bundle.put(putDevice(sampleDevice('d1')), putService(sampleService('test', { type: 'test', settings: {} })));
  await bundle.put({ kind: 'service-account', action: 'put', item: { name: 'test', roles: ['operator'] } });
  await put({});
  const store = new ObservedStore();
  // One number space, as gateways have one Redis.
  const ids = new CountingRunIds(clock);
  const [first, second] = [0, 1].map((index) => {
    const accept = wraps[index]?.(bundle.accept) ?? bundle.accept;
    const lead = async () => true;
    return new ScheduleFirer({ catalog, schedules: store, times: cronTimes, accept, runs, ids, clock, log, lead });
  }) as [ScheduleFirer, ScheduleFirer];
  const runIds = async () => (await runs.list({}, null, 1_000)).items.map(({ spec: { id } }) => id);
  const key = async (name = 'test') => {
    const definition = (await catalog.view()).get('schedule', name);
    return definition ? scheduleKey(definition) : name;
  };
  const state = async () => store.get(await key());
  return {
    ...bundle,
    put,
    write: bundle.put,
    store,
    ids,
    first,
    second,
    state,
    key,
    runIds,
    /** Lets time go by in steps, with a round of both gateways at once after each. */
    pass: async (durationMs: number, stepMs = 20_000): Promise<void> => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
        clock.advance(stepMs);
        await Promise.all([first.fire(), second.fire()]);
      }
    },
    firedAt: () => store.fired.map((slotMs) => new Date(slotMs).toISOString().slice(0, 16)),
  };
}

const never = () => new Promise<never>(() => undefined);

describe('firing schedules', () => {
  it.each([
    ['forward', '2026-03-29T00:00:00Z'],
    ['back', '2026-10-25T00:00:00Z'],
  ])('fires each minute once while two gateways look and the clock goes %s', async (_, start) => {
    const { pass, store, runIds } = await setup(start, EVERY_MINUTE);
    await pass(3 * HOUR_MS);
    const fromMs = Date.parse(start);
    expect(store.fired).toEqual(Array.from({ length: 180 }, (_unused, index) => fromMs + (index + 1) * MINUTE_MS));
    expect(await runIds()).toHaveLength(180);
  });

  it.each([
    ['at the end of the hour that is left out', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    [
      'in the first of the hours that are there twice',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
  ])('fires a fixed time once, %s', async (_, start, expected) => {
    const { pass, firedAt, runIds } = await setup(start, { cron: '30 2 * * *', overlap: 'allow' });
    await pass(44 * HOUR_MS, 30_000);
    expect(firedAt()).toEqual(expected);
    expect(await runIds()).toHaveLength(2);
  });

  it('accepts as the schedule, in its time zone, with its params', async () => {
    const { pass, runs, runIds } = await setup('2026-11-21T11:00:00Z', { ...EVERY_MINUTE, params: { a: 1 } });
    await pass(MINUTE_MS);
    const [id = ''] = await runIds();
    expect((await runs.get(id))?.spec).toMatchObject({
      door: 'schedule',
      principal: 'test',
      principalKind: 'service-account',
      actor: 'schedule:test',
      initiator: 'schedule:test',
      timeZone: 'Europe/Oslo',
      params: { a: 1 },
      labels: { schedule: 'test' },
      targets: { devices: ['d1'], pools: [] },
    });
  });

  it('fires nothing that is older than the schedule or its last edit', async () => {
    const { pass, put, clock, firedAt } = await setup('2026-11-21T11:00:30Z', { ...EVERY_MINUTE, enabled: false });
    await pass(5 * MINUTE_MS);
    await put({ enabled: true });
    await pass(MINUTE_MS);
    expect(firedAt()).toEqual(['2026-11-21T11:06']);
    await put({ enabled: false });
    await pass(HOUR_MS);
    clock.advance(HOUR_MS);
    await put({ enabled: true, misfire: 'once' });
    await pass(20_000);
    expect(firedAt()).toEqual(['2026-11-21T11:06']);
  });

  it('loses no slot to an edit that moves none', async () => {
    const { put, clock, first, firedAt } = await setup('2026-11-21T11:00:30Z', EVERY_MINUTE);
    await first.fire();
    clock.advance(30_100);
    await put({ description: 'edited right after the slot' });
    await first.fire();
    expect(firedAt()).toEqual(['2026-11-21T11:01']);
  });
});

describe('firing schedules while processes die', () => {
  it('fires a slot under the id that was chosen when its holder died before the run was accepted', async () => {
    const { clock, first, second, state, runIds } = await setup('2026-11-21T11:00:00Z', EVERY_MINUTE, [() => never]);
    clock.advance(MINUTE_MS);
    void first.fire();
    await second.fire();
    await second.fire();
    const { claim } = await state();
    expect(claim?.slotMs).toBe(Date.parse('2026-11-21T11:01:00Z'));
    expect(await runIds()).toEqual([]);
    clock.advance(6_000);
    await second.fire();
    expect(await runIds()).toEqual([claim?.runId]);
    expect(await state()).toMatchObject({ claim: null, lastRunId: claim?.runId, last: { outcome: 'fired' } });
  });

  it('starts one run when its holder only was slow', async () => {
    let goOn = () => undefined as void;
    const slow: Wrap = (accept) => async (request, caller) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      return accept(request, caller);
    };
    const { clock, first, second, runIds, state } = await setup('2026-11-21T11:00:00Z', EVERY_MINUTE, [slow]);
    clock.advance(MINUTE_MS);
    const firing = first.fire();
    await second.fire();
    clock.advance(6_000);
    await second.fire();
    goOn();
    await firing;
    expect(await runIds()).toHaveLength(1);
    expect(await state()).toMatchObject({ claim: null, last: { outcome: 'fired' } });
  });

  it('starts one run when its holder died after the run was accepted', async () => {
    const { clock, first, second, store, runIds, state } = await setup('2026-11-21T11:00:00Z', {
      ...EVERY_MINUTE,
      cron: '1 * * * *',
    });
    store.diesAtSettle = true;
    clock.advance(MINUTE_MS);
    await first.fire();
    expect(await runIds()).toHaveLength(1);
    expect((await state()).claim).not.toBeNull();
    // So late that the slot would be dropped, if it had no run.
    clock.advance(2 * MINUTE_MS);
    await second.fire();
    const [id] = await runIds();
    expect(await runIds()).toHaveLength(1);
    expect(await state()).toMatchObject({ claim: null, lastRunId: id, last: { outcome: 'fired' } });
  });

  it('tries again while nobody knows whether the run was written', async () => {
    let failures = 2;
    const away: Wrap = (accept) => async (request, caller) => {
      failures -= 1;
      if (failures < 0) return accept(request, caller);
      // The second answer is lost on its way back.
      if (failures === 0) await accept(request, caller);
      throw new AppError('STORE_UNAVAILABLE', 'away');
    };
    const { clock, first, runIds, firedAt } = await setup('2026-11-21T11:00:00Z', EVERY_MINUTE, [away]);
    for (const stepMs of [MINUTE_MS, 6_000, 6_000, 1_000]) {
      clock.advance(stepMs);
      await first.fire();
    }
    expect(await runIds()).toHaveLength(1);
    expect(firedAt()).toEqual(['2026-11-21T11:01']);
  });

  it('drops a claimed slot that was to be skipped when late, or whose schedule was disabled meanwhile', async () => {
    for (const [waitMs, changes] of [
      [2 * MINUTE_MS, {}],
      [6_000, { enabled: false }],
    ] as const) {
      const { clock, first, second, put, runIds, state } = await setup(
        '2026-11-21T11:00:00Z',
        { ...EVERY_MINUTE, cron: '1 11 * * *', timeZone: 'UTC' },
        [() => never],
      );
      clock.advance(MINUTE_MS);
      void first.fire();
      await second.fire();
      await put({ ...changes });
      clock.advance(waitMs);
      await second.fire();
      expect(await runIds()).toEqual([]);
      expect(await state()).toMatchObject({ claim: null, last: { outcome: 'missed' } });
    }
  });
});

describe('slots that do not simply fire', () => {
  it.each([
    ['skip', ['2026-11-21T11:01', '2026-11-21T11:04'], null],
    ['queue', ['2026-11-21T11:01', '2026-11-21T11:02'], Date.parse('2026-11-21T11:04:00Z')],
    ['allow', ['2026-11-21T11:01', '2026-11-21T11:02', '2026-11-21T11:03', '2026-11-21T11:04'], null],
  ] as const)('with overlap %s while the run before is in work', async (overlap, expected, waitingMs) => {
    const { pass, firedAt, workOffQueue, state } = await setup('2026-11-21T11:00:00Z', { ...EVERY_MINUTE, overlap });
    await pass(3 * MINUTE_MS);
    await workOffQueue();
    await pass(MINUTE_MS);
    expect(firedAt()).toEqual(expected);
    expect((await state()).waitingMs).toBe(waitingMs);
  });

  it.each([
    ['skip', null],
    ['queue', Date.parse('2026-11-21T11:02:00Z')],
  ] as const)('with overlap %s minds the run of a slot, though one by hand came after it and ended', async (...row) => {
    const [overlap, waitingMs] = row;
    const { pass, firedAt, state, key, store, ids, start, cancel, runIds, workOffQueue } = await setup(
      '2026-11-21T11:00:00Z',
      { ...EVERY_MINUTE, overlap },
    );
    await pass(MINUTE_MS);
    const runId = await start({ devices: ['d1'], chosen: ids.next() });
    await store.note(await key(), { slotMs: null, outcome: 'fired', atMs: 1, runId, by: 'ada' });
    await cancel(runId, ADMIN);
    await pass(MINUTE_MS);
    expect(firedAt()).toEqual(['2026-11-21T11:01']);
    const [slotRun] = (await runIds()).filter((id) => id !== runId);
    expect(await state()).toMatchObject({ lastRunId: runId, openRunIds: [slotRun], waitingMs });
    await workOffQueue();
    await pass(MINUTE_MS);
    expect(firedAt().length).toBe(2);
  });

  it('drops what was missed, or fires once for all of it', async () => {
    for (const [misfire, expected] of [
      ['skip', ['2026-11-21T11:01', '2026-11-21T14:02', '2026-11-21T14:03']],
      ['once', ['2026-11-21T11:01', '2026-11-21T14:01', '2026-11-21T14:02', '2026-11-21T14:03']],
    ] as const) {
      const { pass, clock, firedAt } = await setup('2026-11-21T11:00:00Z', { ...EVERY_MINUTE, misfire });
      await pass(MINUTE_MS + 40_000);
      clock.advance(3 * HOUR_MS + MINUTE_MS - 20_000);
      await pass(MINUTE_MS);
      expect(firedAt()).toEqual(expected);
    }
  });

  it('says why a run was not accepted, and goes on with the next slot', async () => {
    const { pass, put, state, firedAt } = await setup('2026-11-21T11:00:00Z', { ...EVERY_MINUTE, devices: ['gone'] });
    await pass(MINUTE_MS);
    expect((await state()).last).toMatchObject({ outcome: 'refused', error: { code: 'TARGETS_UNKNOWN' } });
    await put({ devices: ['d1'] });
    await pass(MINUTE_MS);
    expect(firedAt()).toEqual(['2026-11-21T11:02']);
  });

  it('gives up on a slot when there was no room for a minute', async () => {
    const full: Wrap = () => () => Promise.reject(new AppError('QUEUE_FULL', 'full'));
    const { clock, first, state } = await setup('2026-11-21T11:00:00Z', { ...EVERY_MINUTE, cron: '1 * * * *' }, [full]);
    clock.advance(MINUTE_MS);
    await first.fire();
    expect((await state()).claim).not.toBeNull();
    clock.advance(30_000);
    await first.fire();
    expect((await state()).claim).not.toBeNull();
    clock.advance(MINUTE_MS);
    await first.fire();
    expect(await state()).toMatchObject({ claim: null, last: { outcome: 'missed' } });
  });

  it('fires nothing while it is paused, and nothing of that time afterwards', async () => {
    const { pass, store, key, clock, firedAt } = await setup('2026-11-21T11:00:30Z', {
      ...EVERY_MINUTE,
      misfire: 'once',
    });
    await store.setPause(await key(), { atMs: clock.nowMs(), by: 'ada' }, clock.nowMs());
    await pass(5 * MINUTE_MS);
    await store.setPause(await key(), null, clock.nowMs());
    await pass(MINUTE_MS);
    expect(firedAt()).toEqual(['2026-11-21T11:06']);
  });

  it('reads the cron expression in the zone of the service, and anew when that changes', async () => {
    const { write, first, clock, firedAt, state } = await setup('2026-11-21T11:59:30Z', { enabled: false });
    const item = sampleSchedule('test', { cron: '0 7 * * *', devices: ['d1'] });
    await write({ kind: 'schedule', action: 'put', item });
    await first.fire();
    expect((await state()).timing).toBe('0 7 * * * UTC');
    const timeZone = 'America/New_York';
    await write(putService(sampleService('test', { type: 'test', settings: {}, timeZone })));
    clock.advance(30_000);
    await first.fire();
    expect(firedAt()).toEqual(['2026-11-21T12:00']);
  });

  it('forgets a schedule that was deleted', async () => {
    const { pass, put, catalog, store, key } = await setup('2026-11-21T11:00:00Z', EVERY_MINUTE);
    await put({});
    await pass(MINUTE_MS);
    expect(await store.keys()).toEqual([await key()]);
    await catalog.write([{ kind: 'schedule', action: 'delete', name: 'test' }], (await catalog.view()).revision);
    await pass(20_000);
    expect(await store.keys()).toEqual([]);
  });

  it('begins anew with a schedule that comes back under the name of a deleted one, though no round was between', async () => {
    const { pass, put, write, clock, store, key, state, firedAt } = await setup('2026-11-21T11:00:00Z', {
      ...EVERY_MINUTE,
      overlap: 'queue',
      misfire: 'once',
    });
    await pass(2 * MINUTE_MS);
    expect((await state()).waitingMs).toBe(Date.parse('2026-11-21T11:02:00Z'));
    await store.setPause(await key(), { atMs: clock.nowMs(), by: 'ada' }, clock.nowMs());
    await write({ kind: 'schedule', action: 'delete', name: 'test' });
    clock.advance(HOUR_MS);
    await put({ misfire: 'once' });
    expect(await state()).toMatchObject({ pause: null, waitingMs: null, lastRunId: null, openRunIds: [] });
    await pass(MINUTE_MS);
    // Neither the pause nor slots of the time before count, and its own slots are not held up by a run of the old one.
    expect(firedAt()).toEqual(['2026-11-21T11:01', '2026-11-21T12:03']);
    expect(await store.keys()).toEqual([await key()]);
  });

  it('leaves the others alone when one cannot be looked at', async () => {
    const { first, clock, store, key, catalog, firedAt, log } = await setup('2026-11-21T11:00:00Z', EVERY_MINUTE);
    const broken = sampleSchedule('broken', { service: 'test', cron: 'never checked' });
    await catalog.write([{ kind: 'schedule', action: 'put', item: broken }], (await catalog.view()).revision);
    clock.advance(MINUTE_MS);
    await first.fire();
    expect(firedAt()).toEqual(['2026-11-21T11:01']);
    expect(log.entries.some(({ message }) => message.includes('a schedule'))).toBe(true);
    expect((await store.get(await key('broken'))).last).toBeNull();
  });
});
