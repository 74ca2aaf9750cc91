import { describe, expect, it } from '@jest/globals';
import { AppError, type NotificationMessage, type RunRecord, type RunSpec, type Webhook } from '@runyard/domain';
import { MemoryDeliveryStore, MemoryLog, MemoryRunStore, sampleSpec, TestClock, waitFor } from '@runyard/testkit';
import { createListDeliveries } from './list-deliveries.ts';
import { Notifier } from './notifier.ts';

const HOUR_MS = 3_600_000;

type Answer = (message: NotificationMessage) => Promise<number> | number;

/** A notifier over stores in memory, whose receivers answer as the test says: 204 at first. */
function setup() {
  const clock = new TestClock();
  const log = new MemoryLog();
  const runs = new MemoryRunStore({ clock });
  const deliveries = new MemoryDeliveryStore();
  const sent: NotificationMessage[] = [];
  const state = { answer: (() => 204) as Answer };
  const create = () =>
    new Notifier({
      runs,
      deliveries,
      sender: {
        send: async (message) => {
          sent.push(message);
          return state.answer(message);
        },
      },
      secret: async (name) => `value of ${name}`,
      ownSecret: 'key of the installation',
      render: ({ spec }: RunRecord) => JSON.stringify({ id: spec.id }),
      clock,
      random: () => 0,
      log,
      lead: () => Promise.resolve(true),
    });
  const notifier = create();
  let createdAtUs = clock.nowMs() * 1_000;
  return {
    clock,
    log,
    runs,
    deliveries,
    sent,
    create,
    answerWith: (answer: Answer) => void (state.answer = answer),
    notify: () => notifier.notify(),
    list: createListDeliveries({ runs, deliveries, clock }),
    accept: async (...notify: Webhook[]): Promise<RunSpec> => {
      createdAtUs += 1;
      const id = `${createdAtUs.toString(16).padStart(14, '0')}0000000000`;
      const spec = sampleSpec({ id, createdAtUs, notify });
      await runs.accept(spec, null);
      deliveries.enlist(id, clock.nowMs());
      return spec;
    },
    /** One round, and all that it set going. */
    round: async (): Promise<void> => {
      await notifier.notify();
      await notifier.settled();
    },
  };
}

const url = 'https://receiver.example/hook?token=t';

describe('Notifier', () => {
  it('tells a receiver once when the run has ended, and not before', async () => {
    const { accept, round, runs, sent, clock, list, deliveries } = setup();
    const { id } = await accept({ url });
    await round();
    expect(sent).toEqual([]);
    expect(await list(id)).toMatchObject([{ state: 'waiting', attempts: 0, nextAtMs: null }]);
    await runs.requestCancel(id);
    await deliveries.hasten(id);
    await round();
    clock.advance(HOUR_MS);
    await round();
    expect(sent).toEqual([
      {
        url,
        secret: 'key of the installation',
        headers: { 'x-runyard-delivery': `${id}-0`, 'x-runyard-event': 'cancelled' },
        body: `{"event":"cancelled","deliveryId":"${id}-0","run":{"id":"${id}"}}`,
      },
    ]);
    expect(await list(id)).toMatchObject([{ state: 'delivered', attempts: 1, status: 204, nextAtMs: null }]);
    expect(deliveries.due.size).toBe(0);
  });

  it('finds a run that ended though nobody said so, within a minute', async () => {
    const { accept, round, runs, sent, clock } = setup();
    const { id } = await accept({ url });
    await round();
    await runs.requestCancel(id);
    clock.advance(60_000);
    await round();
    expect(sent).toHaveLength(1);
  });

  it('tells each receiver of the ends that it wants, signed with its own secret', async () => {
    const { accept, round, runs, sent, list } = setup();
    const { id } = await accept(
      { url: 'https://a.example', on: ['succeeded'] },
      { url: 'https://b.example', on: ['failed', 'cancelled'], secret: 'of-b' },
    );
    await runs.requestCancel(id);
    await round();
    expect(sent.map(({ url: to, secret }) => [to, secret])).toEqual([['https://b.example', 'value of of-b']]);
    expect(await list(id)).toHaveLength(1);
  });

  it('tries again with growing delays under the same id, until the receiver takes it', async () => {
    const { accept, round, runs, sent, clock, list, answerWith } = setup();
    const { id } = await accept({ url });
    await runs.requestCancel(id);
    answerWith(() => 500);
    await round();
    expect(await list(id)).toMatchObject([
      {
        state: 'pending',
        attempts: 1,
        status: 500,
        nextAtMs: clock.nowMs() + 1_000,
        error: { code: 'DELIVERY_FAILED' },
      },
    ]);
    clock.advance(999);
    await round();
    expect(sent).toHaveLength(1);
    clock.advance(1);
    await round();
    expect(await list(id)).toMatchObject([{ attempts: 2, nextAtMs: clock.nowMs() + 2_000 }]);
    answerWith(() => 200);
    clock.advance(2_000);
    await round();
    expect(await list(id)).toMatchObject([{ state: 'delivered', attempts: 3, status: 200, error: null }]);
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  });

  it('gives a receiver up after 24 hours of trying', async () => {
    const { accept, round, runs, sent, clock, list, answerWith, log, deliveries } = setup();
    const { id } = await accept({ url });
    await runs.requestCancel(id);
    answerWith(() => {
      throw new AppError('DELIVERY_FAILED', 'nobody there');
    });
    for (let minute = 0; minute < 25 * 60; minute += 1) {
      await round();
      clock.advance(60_000);
    }
    expect(await list(id)).toMatchObject([{ state: 'failed', nextAtMs: null, error: { message: 'nobody there' } }]);
    expect(sent.length).toBeGreaterThan(24);
    expect(sent.length).toBeLessThan(70);
    expect(deliveries.due.size).toBe(0);
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(JSON.stringify(log.entries)).not.toContain('receiver.example');
  });

  it.each([
    ['the receiver says that it is gone', () => 410],
    ['the address may not be called', () => Promise.reject(new AppError('ADDRESS_FORBIDDEN', 'no'))],
  ] as [string, Answer][])('gives up at once when %s', async (_, answer) => {
    const { accept, round, runs, list, answerWith } = setup();
    const { id } = await accept({ url });
    await runs.requestCancel(id);
    answerWith(answer);
    await round();
    expect(await list(id)).toMatchObject([{ state: 'failed', attempts: 1, nextAtMs: null }]);
  });

  it('sends again what was sent by a process that died before it wrote that down', async () => {
    const { accept, round, runs, sent, clock, deliveries, create, answerWith } = setup();
    const { id } = await accept({ url });
    await runs.requestCancel(id);
    answerWith(() => new Promise(() => undefined));
    // This one never comes back.
    await create().notify();
    await waitFor(() => sent.length === 1);
    answerWith(() => 204);
    await round();
    expect(deliveries.due.get(id)).toBe(clock.nowMs() + 15_000);
    clock.advance(15_000);
    await round();
    expect(sent.map(({ headers }) => headers['x-runyard-delivery'])).toEqual([`${id}-0`, `${id}-0`]);
  });

  it('tells what the run was although its record is removed meanwhile', async () => {
    const { accept, round, runs, sent, clock, answerWith } = setup();
    const { id } = await accept({ url });
    await runs.requestCancel(id);
    answerWith(() => 503);
    await round();
    runs.get = () => Promise.resolve(null);
    answerWith(() => 204);
    clock.advance(1_000);
    await round();
    expect(sent[1]?.body).toBe(sent[0]?.body);
  });

  it('forgets a run whose record never came', async () => {
    const { round, clock, deliveries } = setup();
    deliveries.enlist('00064400000000000000000a', clock.nowMs());
    await round();
    expect(deliveries.due.size).toBe(0);
  });

  it('tries a receiver again in its own time while another one of the run does not answer', async () => {
    const { accept, runs, sent, clock, list, answerWith, deliveries, notify } = setup();
    const { id } = await accept({ url: 'https://slow.example' }, { url: 'https://failing.example' });
    await runs.requestCancel(id);
    let answerSlow = (_status: number) => undefined as void;
    answerWith(({ url: to }) => (to.includes('slow') ? new Promise((resolve) => (answerSlow = resolve)) : 503));
    await notify();
    await waitFor(() => deliveries.due.get(id) === clock.nowMs() + 1_000);
    clock.advance(1_000);
    answerWith(() => 204);
    await notify();
    await waitFor(async () => (await list(id))?.[1]?.state === 'delivered');
    expect(sent.map(({ url: to }) => to)).toEqual([
      'https://slow.example',
      'https://failing.example',
      'https://failing.example',
    ]);
    answerSlow(503);
    const retryAtMs = clock.nowMs() + 1_000;
    // It was looked at again for that answer, which takes a round.
    await waitFor(() => notify().then(() => deliveries.due.get(id) === retryAtMs));
    clock.advance(1_000);
    await notify();
    await waitFor(() => deliveries.due.size === 0);
    expect(sent).toHaveLength(4);
    expect(await list(id)).toMatchObject([
      { state: 'delivered', attempts: 2 },
      { state: 'delivered', attempts: 2 },
    ]);
  });

  it('looks again at a run when the receiver has answered for which nobody waited', async () => {
    const { accept, runs, clock, list, answerWith, deliveries, notify, round } = setup();
    const { id } = await accept({ url: 'https://slow.example' }, { url: 'https://failing.example' });
    await runs.requestCancel(id);
    let answerSlow = (_status: number) => undefined as void;
    answerWith(({ url: to }) => (to.includes('slow') ? new Promise((resolve) => (answerSlow = resolve)) : 410));
    await notify();
    await waitFor(async () => (await list(id))?.[1]?.state === 'failed');
    expect(deliveries.due.get(id)).toBe(clock.nowMs() + 15_000);
    answerSlow(204);
    await round();
    expect(deliveries.due.size).toBe(0);
  });

  it('keeps no receiver waiting for one that does not answer', async () => {
    const { accept, runs, sent, create, answerWith } = setup();
    const slow = await Promise.all(Array.from({ length: 50 }, () => accept({ url: 'https://slow.example' })));
    const quick = await accept({ url: 'https://quick.example' });
    for (const { id } of [...slow, quick]) await runs.requestCancel(id);
    answerWith(({ url: to }) => (to.includes('slow') ? new Promise<number>(() => undefined) : 204));
    await create().notify();
    await waitFor(() => sent.length === 5);
    const counts = sent.reduce(
      (all, { url: to }) => ({ ...all, [to]: (all[to] ?? 0) + 1 }),
      {} as Record<string, number>,
    );
    expect(counts).toEqual({ 'https://slow.example': 4, 'https://quick.example': 1 });
  });
});
