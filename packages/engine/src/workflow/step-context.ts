import {
  AppError,
  type Clock,
  type Expressions,
  isAppError,
  type JsonObject,
  type JsonValue,
  type RunEvents,
  type RunQueue,
  type RunStore,
  type StepRecord,
  type StepRef,
  type StepStore,
} from '@runyard/domain';
import { type DeviceTurn, LeftToOthers, type RunDeviceDependencies, scopeOf } from '../run-device.ts';

/** What workflows need beside what every service needs. */
export interface WorkflowTools {
  readonly steps: StepStore;
  readonly runs: Pick<RunStore, 'get' | 'device' | 'devices'>;
  readonly events: RunEvents;
  readonly queue: Pick<RunQueue, 'addStep'>;
  readonly expressions: Expressions;
  readonly clock: Clock;
}

/** One step in the hands of a worker: where it writes, and what its templates and expressions see. */
export interface StepContext {
  readonly tools: WorkflowTools;
  readonly deps: RunDeviceDependencies;
  readonly turn: DeviceTurn;
  readonly ref: StepRef;
  /** What templates see beside the usual: `vars`, `steps` and the value of an iteration. */
  readonly extra: JsonObject;
  /** How far it had come when a worker before was lost, or went; null when nobody began it. */
  readonly before: StepRecord | null;
  /** How often workers had been lost with the device when the step before ended. */
  readonly lossesBefore: number;
}

/** Where a step is written, and by whom. */
interface StepPlace {
  readonly tools: Pick<WorkflowTools, 'steps'>;
  readonly turn: Pick<DeviceTurn, 'slice' | 'claim'>;
  readonly ref: StepRef;
}

/** Writes how far the step has come. Rejects when somebody else has the slice: nothing that is done here counts any more. */
export async function writeStep({ tools, turn, ref }: StepPlace, record: StepRecord): Promise<StepRecord> {
  if (await tools.steps.write(turn.slice, turn.claim, ref, record)) return record;
  throw new AppError('STORE_UNAVAILABLE', 'Another worker has taken the slice over.');
}

/**
 * Between two steps nothing is lost by going: a pause holds there, and a worker that stops begins nothing new. Throws
 * the reason why the turn ended, or LeftToOthers.
 */
export function throwIfLeaving({ signal, leaving }: DeviceTurn): void {
  signal.throwIfAborted();
  if (leaving.aborted) throw new LeftToOthers('the next step is left to others');
}

/** True when the store did not answer, or takes nothing from here any more: that is no failure of the step. */
export function isStoreAway(error: unknown): boolean {
  return isAppError(error) && error.code === 'STORE_UNAVAILABLE';
}

/** True when the error is none of what the step did: its turn was ended or left to others, or the store is away. */
export function isFromOutside({ turn }: StepContext, error: unknown): boolean {
  return turn.signal.aborted || error instanceof LeftToOthers || isStoreAway(error);
}

export function begun({ tools, turn, before }: StepContext): StepRecord {
  const startedAtMs = before?.startedAtMs ?? tools.clock.nowMs();
  const losses = before ? before.losses : turn.losses;
  return { state: 'running', startedAtMs, endedAtMs: null, result: null, error: null, ...(losses ? { losses } : {}) };
}

/** How often a worker was lost while this step was in work. */
export function lossesIn({ turn, before, lossesBefore }: StepContext): number {
  return turn.losses - (before ? (before.losses ?? 0) : lossesBefore);
}

export function ended(
  { tools, turn: { losses } }: StepContext,
  record: StepRecord,
  end: Pick<StepRecord, 'state'> & Partial<StepRecord>,
): StepRecord {
  return { ...record, ...end, endedAtMs: tools.clock.nowMs(), ...(losses > 0 ? { losses } : {}) };
}

/** A template with everything that the step may see. */
export function renderIn({ deps, turn, extra }: StepContext, template: string): string {
  return deps.templates.render(template, scopeOf(turn, extra));
}

/** A JSON value in which each text, however deep, is a template; one `{{ … }}` alone keeps the type of its value. */
export function renderDeep(context: StepContext, value: JsonValue): JsonValue {
  const { deps, turn, extra } = context;
  if (typeof value === 'string') return deps.templates.value(value, scopeOf(turn, extra));
  if (Array.isArray(value)) return value.map((part) => renderDeep(context, part));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, renderDeep(context, part ?? null)]));
}

/** An expression over everything that the step may see. */
export function evaluateIn({ tools, turn, extra }: StepContext, expression: string): Promise<JsonValue> {
  return tools.expressions.evaluate(expression, scopeOf(turn, extra), turn.signal);
}
