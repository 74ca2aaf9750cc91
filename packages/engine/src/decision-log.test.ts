import { describe, expect, it } from '@jest/globals';
import { MemoryAuditLog, MemoryLog, TestClock } from '@runyard/testkit';
import { type Decision, DecisionLog } from './decision-log.ts';

const DENIED: Decision = {
  actor: 'mallory',
  action: 'run.accept',
  subject: 'backup',
  decision: 'denied',
  reason: 'no',
  detail: { code: 'SERVICE_RUN_DENIED' },
};

function setup() {
  const clock = new TestClock();
  const audit = new MemoryAuditLog(clock);
  const log = new MemoryLog();
  return { clock, audit, log, decisions: new DecisionLog({ audit, clock, log }) };
}

describe('the decision log', () => {
  it('writes the first of a kind at once and tells the others when the minute is over', async () => {
    const { clock, audit, decisions } = setup();
    for (let count = 0; count < 1_000; count += 1) await decisions.note(DENIED);
    expect(audit.entries).toMatchObject([DENIED]);
    clock.advance(60_000);
    await decisions.note({ ...DENIED, actor: 'olga' });
    expect(audit.entries).toMatchObject([
      DENIED,
      { ...DENIED, detail: { code: 'SERVICE_RUN_DENIED', repeated: 999 } },
      { ...DENIED, actor: 'olga' },
    ]);
  });

  it('tells what it counted when the process stops', async () => {
    const { audit, decisions } = setup();
    await decisions.start();
    for (let count = 0; count < 3; count += 1) await decisions.note(DENIED);
    await decisions.stop();
    expect(audit.entries.map(({ detail }) => detail['repeated'])).toEqual([undefined, 2]);
  });

  it.each([
    ['actor', { actor: 'olga' }],
    ['action', { action: 'run.start' }],
    ['subject', { subject: 'restore' }],
    ['outcome', { decision: 'allowed' }],
    ['code', { detail: { code: 'DEVICE_USE_DENIED' } }],
    ['address', { detail: { code: 'SERVICE_RUN_DENIED', address: '192.0.2.1' } }],
  ] as const)('takes another %s for another kind', async (_, change) => {
    const { audit, decisions } = setup();
    await decisions.note(DENIED);
    await decisions.note({ ...DENIED, ...change });
    expect(audit.entries).toMatchObject([DENIED, { ...DENIED, ...change }]);
  });

  it('bounds the kinds of one actor, counts the rest of them, and leaves room for others', async () => {
    const { audit, decisions } = setup();
    for (let count = 0; count < 5_000; count += 1) await decisions.note({ ...DENIED, subject: `s${count}` });
    await decisions.note({ ...DENIED, actor: 'olga' });
    expect(audit.entries).toHaveLength(101);
    expect(audit.entries.at(-1)).toMatchObject({ actor: 'olga' });
    await decisions.stop();
    expect(audit.entries.slice(101)).toMatchObject([
      { actor: 'mallory', action: 'audit.left-out', decision: 'denied', detail: { repeated: 4_900 } },
    ]);
  });

  it('bounds the names that one address makes up, not those who have these names', async () => {
    const { audit, decisions } = setup();
    for (let count = 0; count < 400; count += 1) await decisions.note({ ...DENIED, actor: `n${count}` }, '192.0.2.1');
    await decisions.note({ ...DENIED, actor: 'n399' });
    await decisions.stop();
    expect(audit.entries.slice(100)).toMatchObject([
      { actor: 'n399', action: 'run.accept' },
      { actor: '192.0.2.1', action: 'audit.left-out', detail: { repeated: 300 } },
    ]);
  });

  it('keeps no more than a bounded number of kinds, however many take part', async () => {
    const { audit, decisions } = setup();
    for (let count = 0; count < 10_000; count += 1) await decisions.note({ ...DENIED, actor: `a${count}` });
    expect(audit.entries).toHaveLength(3_000);
    await decisions.stop();
    expect(audit.entries.slice(3_000)).toMatchObject([{ actor: 'others', detail: { repeated: 7_000 } }]);
  });

  it('lets nobody through or fail because it cannot write', async () => {
    const { audit, log, decisions } = setup();
    audit.append = () => Promise.reject(new Error('full'));
    await expect(decisions.note(DENIED)).resolves.toBeUndefined();
    expect(log.entries).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });
});
