import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createInputValidator, cronTimes } from '@runyard/contracts';
import { type CatalogChange, type Schedule, scheduleKey } from '@runyard/domain';
import { type AcceptRun, createAcceptRun, ScheduleFirer } from '@runyard/engine';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { createKeys, createRunStore, createScheduleStore, RedisCatalogStore } from '@runyard/store';
import {
  CountingRunIds,
  MemoryLog,
  MemoryRunQueue,
  needs,
  putDevice,
  putService,
  sampleDevice,
  sampleSchedule,
  sampleService,
  startTestRedis,
  TestClock,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';

const MINUTE_MS = 60_000;
const MINUTELY = { cron: '* * * * *', overlap: 'allow', timeZone: 'Europe/Oslo', devices: ['d1'] } as const;

let redis: TestRedis;
const connections: RedisConnection[] = [];
const log = new MemoryLog();

beforeAll(async () => {
  redis = await startTestRedis();
  for (let count = 0; count < 2; count += 1) {
    connections.push(await connectRedis({ url: redis.url }, 'request', log));
  }
});
afterAll(async () => {
  await Promise.all(connections.map(closeRedis));
  await redis.stop();
});

const account = (name: string): CatalogChange => ({
  kind: 'service-account',
  action: 'put',
  item: { name, roles: ['operator'] },
});

type Wrap = (accept: AcceptRun) => AcceptRun;

/** Two gateways with connections of their own that both believe that they lead, on schedules of this prefix. */
async function setup(prefix: string, start: string, schedules: readonly Schedule[], wrap: Wrap = (accept) => accept) {
  const clock = new TestClock(Date.parse(start));
  const keys = createKeys(prefix);
  const ids = new CountingRunIds(clock);
  const gateways = connections.map((connection, index) => {
    const catalog = new RedisCatalogStore({ connection, keys, clock });
    const runs = createRunStore({ connection, keys, nowMs: () => clock.nowMs() });
    const queue = new MemoryRunQueue(clock);
    const accepting = createAcceptRun({ catalog, runs, queue, ids, inputs: createInputValidator() });
    const accept = index === 0 ? wrap(accepting) : accepting;
    const store = createScheduleStore(connection, keys);
    const firer = new ScheduleFirer({
      catalog,
      schedules: store,
      times: cronTimes,
      accept,
      runs,
      ids,
      clock,
      log,
      lead: async () => true,
    });
    return { catalog, runs, store, firer };
  });
  const [first, second] = gateways;
  if (!first || !second) throw new Error('there are two connections');
  const changes: CatalogChange[] = [
    putDevice(sampleDevice('d1')),
    ...schedules.map(({ runAs: name }) => account(name)),
    putService(sampleService('show', { type: 'no-op', settings: {} })),
    ...schedules.map((item) => ({ kind: 'schedule', action: 'put', item }) as const),
  ];
  await first.catalog.write(changes, 0);
  return {
    clock,
    first,
    second,
    keyOf: async (schedule: string): Promise<string> => {
      const definition = (await first.catalog.view()).get('schedule', schedule);
      return definition ? scheduleKey(definition) : schedule;
    },
    /** Ids of the runs of a schedule with the minutes in which they were created, oldest first. */
    runsOf: async (schedule: string): Promise<{ id: string; at: string }[]> => {
      const found: { id: string; at: string }[] = [];
      let cursor: string | null = null;
      do {
        const page = await first.runs.list({ label: `schedule=${schedule}` }, cursor, 200);
        for (const { spec } of page.items) {
          found.push({ id: spec.id, at: new Date(spec.createdAtUs / 1_000).toISOString().slice(0, 16) });
        }
        cursor = page.cursor;
      } while (cursor !== null);
      return found.sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    /** Lets time go by, with a round of both gateways at once after each step. */
    pass: async (steps: number, stepMs: number): Promise<void> => {
      for (let step = 0; step < steps; step += 1) {
        clock.advance(stepMs);
        await Promise.all([first.firer.fire(), second.firer.fire()]);
      }
    },
  };
}

const show = (name: string, changes: Partial<Schedule>) => sampleSchedule(name, { service: 'show', ...changes });

needs(describe, 'redis-server')('schedules on real Redis', () => {
  it.each([
    ['forward', '2026-03-29T00:30:00Z', '2026-03-29T01:00'],
    ['back', '2026-10-25T00:15:00Z', '2026-10-25T00:30'],
  ])('fire each slot once by two gateways while the clock goes %s', async (direction, start, fixed) => {
    const { pass, runsOf } = await setup(direction, start, [
      show('minutely', MINUTELY),
      show('fixed', { ...MINUTELY, cron: '30 2 * * *' }),
    ]);
    await pass(180, MINUTE_MS / 2);
    const minutes = Array.from({ length: 90 }, (_, index) => Date.parse(start) + (index + 1) * MINUTE_MS);
    expect((await runsOf('minutely')).map(({ at }) => at)).toEqual(
      minutes.map((minuteMs) => new Date(minuteMs).toISOString().slice(0, 16)),
    );
    expect((await runsOf('fixed')).map(({ at }) => at)).toEqual([fixed]);
  });

  it('fire many at one moment, each once', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`);
    const start = '2026-11-21T11:00:30Z';
    const { pass, runsOf } = await setup(
      'many',
      start,
      names.map((name) => show(name, MINUTELY)),
    );
    await pass(2, MINUTE_MS / 2);
    for (const name of names) expect(await runsOf(name)).toHaveLength(1);
  });

  it('fire a slot under the same id when its holder died before the run was there', async () => {
    const never: Wrap = () => () => new Promise(() => undefined);
    const { clock, first, second, keyOf, runsOf } = await setup(
      'dead',
      '2026-11-21T11:00:30Z',
      [show('minutely', MINUTELY)],
      never,
    );
    clock.advance(MINUTE_MS / 2);
    void first.firer.fire();
    await waitFor(async () => (await second.store.get(await keyOf('minutely'))).claim !== null);
    await second.firer.fire();
    expect(await runsOf('minutely')).toEqual([]);
    const { claim } = await second.store.get(await keyOf('minutely'));
    clock.advance(6_000);
    await second.firer.fire();
    expect((await runsOf('minutely')).map(({ id }) => id)).toEqual([claim?.runId]);
    expect(await second.store.get(await keyOf('minutely'))).toMatchObject({ claim: null, last: { outcome: 'fired' } });
  });
});
