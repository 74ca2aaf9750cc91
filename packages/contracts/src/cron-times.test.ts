import { describe, expect, it } from '@jest/globals';
import { lastSlot, nextSlots } from '@runyard/domain';
import { cronTimes, createValidator, isCron, isTimeZone, meantTimeZone } from './index.ts';
import { TIME_ZONE_ALIASES } from './time-zone-aliases.ts';

/** The next times as text in UTC, without seconds. */
function times(cron: string, timeZone: string, after: string, count: number): string[] {
  return nextSlots(cronTimes, { cron, timeZone }, Date.parse(after), count).map((slotMs) => textOf(slotMs));
}

const textOf = (slotMs: number) => new Date(slotMs).toISOString().replace(':00.000Z', 'Z');

describe('cron times', () => {
  it.each([
    ['2020-02-08', '0 14 8 2 *', '2020-02-08T13:00Z'],
    ['2020-06-08', '0 14 8 6 *', '2020-06-08T12:00Z'],
  ])('reads 14:00 of %s in Europe/Oslo by the time of the season', (_, cron, expected) => {
    expect(times(cron, 'Europe/Oslo', '2020-01-01T00:00:00Z', 1)).toEqual([expected]);
  });

  // On 29 March 2026 clocks in Oslo go from 02:00 to 03:00, at 01:00 UTC.
  it.each([
    ['a time of the gap at its end', '30 2 * * *', ['2026-03-29T01:00Z', '2026-03-30T00:30Z']],
    ['several times of the gap once', '*/20 2 * * *', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['a time of the gap and the end of it once', '0,30 2,3 * * *', ['2026-03-29T01:00Z', '2026-03-29T01:30Z']],
    ['the end of the gap as it is', '0 3 * * *', ['2026-03-29T01:00Z', '2026-03-30T01:00Z']],
    ['nothing of the gap for an hourly one', '15 * * * *', ['2026-03-29T00:15Z', '2026-03-29T01:15Z']],
    ['the last minute of each hour', '59 * * * *', ['2026-03-29T00:59Z', '2026-03-29T01:59Z']],
  ])('gives %s', (_, cron, expected) => {
    expect(times(cron, 'Europe/Oslo', '2026-03-29T00:00:00Z', 2)).toEqual(expected);
  });

  // On 25 October 2026 clocks in Oslo go from 03:00 back to 02:00, at 01:00 UTC.
  it.each([
    ['a time that is there twice once, the first one', '30 2 * * *', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    [
      'each of several such times once',
      '*/30 2 * * *',
      ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z'],
    ],
    ['what comes behind', '0 2,3 * * *', ['2026-10-25T00:00Z', '2026-10-25T02:00Z', '2026-10-26T01:00Z']],
    [
      'both for an hourly one',
      '30 * * * *',
      ['2026-10-24T23:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
    ],
  ])('gives %s when the clock goes back', (_, cron, expected) => {
    expect(times(cron, 'Europe/Oslo', '2026-10-24T23:00:00Z', expected.length)).toEqual(expected);
  });

  it('knows changes of half an hour, and of a whole day', () => {
    // Lord Howe: 02:00 becomes 02:30 on 4 October 2026, at 15:30 UTC of the day before.
    expect(times('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    // Samoa had no 30 December 2011: it went from UTC-10 to UTC+14 at 10:00 UTC.
    expect(times('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00:00Z', 3)).toEqual([
      '2011-12-29T22:00Z',
      '2011-12-30T10:00Z',
      '2011-12-30T22:00Z',
    ]);
  });

  it.each([
    ['Europe/Oslo', '2026-03-29T01:00Z'],
    ['Europe/Oslo', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-11-01T06:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['Asia/Kathmandu', '2026-03-29T01:00Z'],
  ])('gives each minute as time passes in %s around %s, none twice', (timeZone, change) => {
    const fromMs = Date.parse(change) - 2 * 3_600_000;
    const slots = nextSlots(cronTimes, { cron: '* * * * *', timeZone }, fromMs, 240);
    expect(slots).toEqual(Array.from({ length: 240 }, (_, index) => fromMs + (index + 1) * 60_000));
  });

  it('is never earlier than the time before, whatever the expression', () => {
    for (const cron of ['*/7 2,3 * * *', '0 1-4 * * 0', '30 * * * 0', '5 0 1,15,29 3,10 *']) {
      const slots = nextSlots(cronTimes, { cron, timeZone: 'Europe/Oslo' }, Date.UTC(2026, 2, 20), 400);
      expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b));
    }
  });

  it('finds times that are years away', () => {
    expect(times('0 0 29 2 *', 'Europe/Oslo', '2026-11-21T00:00:00Z', 2)).toEqual([
      '2028-02-28T23:00Z',
      '2032-02-28T23:00Z',
    ]);
  });

  it('takes a day of the month or of the week when both are given', () => {
    expect(times('0 0 13 * 5', 'UTC', '2026-11-01T00:00:00Z', 3)).toEqual([
      '2026-11-06T00:00Z',
      '2026-11-13T00:00Z',
      '2026-11-20T00:00Z',
    ]);
  });

  it.each([
    ['0 0 * * *', 'Europe/Oslo', '2026-11-20T23:00Z'],
    ['* * * * *', 'UTC', '2026-11-21T11:00Z'],
    ['0 0 1 1 *', 'UTC', '2026-01-01T00:00Z'],
    ['0 0 29 2 *', 'UTC', '2024-02-29T00:00Z'],
  ])('finds the last slot of %s in %s', (cron, timeZone, expected) => {
    const untilMs = Date.parse('2026-11-21T11:00:00Z');
    expect(textOf(lastSlot(cronTimes, { cron, timeZone }, 0, untilMs) ?? 0)).toBe(expected);
    expect(lastSlot(cronTimes, { cron, timeZone }, Date.parse(expected), untilMs)).toBeNull();
  });
});

describe('cron expressions', () => {
  it.each(['* * * * *', '*/5 0-6,22 1,15 JAN-mar mon-FRI', '0  2\t* * 7', '1-59/2 * * * *'])('takes %j', (cron) => {
    expect(isCron(cron)).toBe(true);
  });

  it.each([
    '0 * * * * *',
    '* * * *',
    '@daily',
    '60 * * * *',
    '* 24 * * *',
    '0 0 30 2 *',
    '*/0 * * * *',
    '5-1 * * * *',
    '0 0 L * *',
    '0 0 ? * *',
    '0 0 * * mon#2',
    'a b c d e',
    ' * * * * *',
    '* * * * *\n',
    '',
    `${'0,'.repeat(150)}0 * * * *`,
  ])('refuses %j', (cron) => {
    expect(isCron(cron)).toBe(false);
  });

  it('says what would be right, at the place of the mistake', () => {
    const schedule = { name: 'a', service: 'b', runAs: 'c', cron: '0 0 2 * * *', timeZone: 'Europe/Olso' };
    expect(createValidator().check('Schedule', schedule)).toEqual([
      { path: '/cron', message: expect.stringContaining('of five fields') },
      { path: '/timeZone', message: expect.stringContaining('Europe/Oslo') },
    ]);
  });
});

describe('time zones', () => {
  it.each(['UTC', 'Europe/Oslo', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'GB-Eire', 'US/Pacific', 'GMT'])(
    'knows %s',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(['', '+02:00', 'Europe/Olso', 'Mars/Phobos', 'x'.repeat(65), '../../etc/localtime'])(
    'does not know %j',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );

  it.each([
    ['europe/oslo', 'Europe/Oslo'],
    ['utc', 'UTC'],
    ['us/pacific', 'US/Pacific'],
    ['EUROPE/BELFAST', 'Europe/Belfast'],
    ['antarctica/dumontdurville', 'Antarctica/DumontDUrville'],
  ])('does not take %s, and says that %s is meant', (written, meant) => {
    expect([isTimeZone(written), meantTimeZone(written), meantTimeZone(meant)]).toEqual([false, meant, undefined]);
    const message = expect.stringContaining(`did you mean \`${meant}\`?`);
    const schedule = { name: 'a', service: 'b', runAs: 'c', cron: '0 2 * * *', timeZone: written };
    expect(createValidator().check('Schedule', schedule)).toEqual([{ path: '/timeZone', message }]);
    const step = { id: 's', type: 'run-service', service: 'b', timeZone: written };
    const workflow = { name: 'w', type: 'workflow', steps: [step] };
    expect(createValidator().check('Service', workflow)).toEqual([{ path: '/steps/0/timeZone', message }]);
  });

  it('takes every name of the database in its own spelling', () => {
    const names = [...Intl.supportedValuesOf('timeZone'), ...TIME_ZONE_ALIASES];
    expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
  });
});
