import type { CronTimes } from '@runyard/domain';
import { Cron } from 'croner';
import type { SchemaObject } from './json-schema.ts';
import { zoneOffsetMs } from './time-zones.ts';

const LENGTH_MAX = 200;
const EXPRESSIONS_KEPT_MAX = 1_000;
const DAY_MS = 86_400_000;
/** Slots that one search may pass over before it gives up: those of the hour that a clock goes back, each minute. */
const STEPS_MAX = 10_000;

const VALUE = '([0-9]{1,2}|[A-Za-z]{3})';
const ITEM = String.raw`(\*|${VALUE}(-${VALUE})?)(/[0-9]{1,2})?`;
const FIVE_FIELDS = new RegExp(String.raw`^(${ITEM}(,${ITEM})*[ \t]+){4}${ITEM}(,${ITEM})*$`);

interface Expression {
  /** The next time of the expression on a wall clock without time changes. */
  readonly next: (afterWallMs: number) => number | null;
  /** It goes on in every hour, so it counts time that passes and not hours of the day. */
  readonly isHourly: boolean;
}

const expressions = new Map<string, Expression | null>();

function expressionOf(cron: string): Expression | null {
  const known = expressions.get(cron);
  if (known !== undefined) return known;
  const expression = readExpression(cron);
  if (expressions.size >= EXPRESSIONS_KEPT_MAX) expressions.clear();
  expressions.set(cron, expression);
  return expression;
}

/** Null when it is no expression, or one without any time, such as 30 February. */
function readExpression(cron: string): Expression | null {
  if (cron.length > LENGTH_MAX || !FIVE_FIELDS.test(cron)) return null;
  try {
    const pattern = new Cron(cron, { mode: '5-part', timezone: 'UTC', paused: true });
    const next = (afterWallMs: number) => pattern.nextRun(new Date(afterWallMs))?.getTime() ?? null;
    const isHourly = cron.split(/[ \t]+/)[1] === '*';
    return next(Date.UTC(2020, 0, 1)) === null ? null : { next, isHourly };
  } catch {
    return null;
  }
}

/** True for a cron expression of five fields that has times. */
export function isCron(text: string): boolean {
  return expressionOf(text) !== null;
}

/**
 * The times of cron expressions. The library only knows wall clocks without time changes; what becomes of those is
 * decided here and nowhere else. A time that a zone leaves out is at the end of the gap, once; one that it has twice is
 * the first of the two. An expression with `*` for the hour goes on as time passes: nothing left out, nothing dropped.
 */
export const cronTimes: CronTimes = {
  next(cron, timeZone, afterMs) {
    const expression = expressionOf(cron);
    if (!expression) throw new Error(`not a cron expression: ${cron}`);
    const offsetAt = (atMs: number) => zoneOffsetMs(timeZone, atMs);
    let fromMs = afterMs;
    let offsetMs = offsetAt(fromMs);
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const wallMs = expression.next(fromMs + offsetMs);
      if (wallMs === null) return null;
      const candidateMs = wallMs - offsetMs;
      const changeMs = nextChange(offsetAt, offsetMs, fromMs, candidateMs);
      if (changeMs === null) {
        if (expression.isHourly || !isSecond(offsetAt, candidateMs, wallMs)) return candidateMs;
        fromMs = candidateMs;
        continue;
      }
      const gapEndWallMs = changeMs + offsetAt(changeMs);
      // Left out: wall times from that of the change on, up to that after it.
      if (!expression.isHourly && wallMs < gapEndWallMs) return changeMs;
      offsetMs = gapEndWallMs - changeMs;
      // The change itself may be a slot: the search goes on just before it, by the new offset.
      fromMs = changeMs - 1;
    }
    return null;
  },
};

/** When the offset is first another, after one time and not after another; null when it stays. */
function nextChange(
  offsetAt: (atMs: number) => number,
  offsetMs: number,
  fromMs: number,
  untilMs: number,
): number | null {
  for (let lowMs = fromMs; lowMs < untilMs;) {
    let highMs: number = Math.min(lowMs + DAY_MS, untilMs);
    if (offsetAt(highMs) === offsetMs) {
      lowMs = highMs;
      continue;
    }
    while (highMs - lowMs > 1) {
      const middleMs = lowMs + Math.floor((highMs - lowMs) / 2);
      if (offsetAt(middleMs) === offsetMs) lowMs = middleMs;
      else highMs = middleMs;
    }
    return highMs;
  }
  return null;
}

/** True when the same wall time was there before, under the offset before a change. */
function isSecond(offsetAt: (atMs: number) => number, atMs: number, wallMs: number): boolean {
  const beforeMs = offsetAt(atMs - DAY_MS);
  const firstMs = wallMs - beforeMs;
  return firstMs < atMs && offsetAt(firstMs) === beforeMs;
}

export const cronSchema = {
  type: 'string',
  minLength: 9,
  maxLength: LENGTH_MAX,
  format: 'cron',
  'x-expects':
    'a cron expression of five fields (minute, hour, day of the month, month, day of the week) that has times, such as `30 2 * * 1-5`',
  description: 'Minute, hour, day of the month, month, day of the week; read in the time zone.',
  examples: ['30 2 * * 1-5'],
} as const satisfies SchemaObject;
