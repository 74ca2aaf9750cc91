import {
  AppError,
  may,
  type Principal,
  type Schedule,
  scheduleKey,
  type ScheduleStore,
  type Versioned,
  zoneOf,
} from '@runyard/domain';
import { scheduleRequest } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { entityTag } from '../http/entity-tag.ts';
import { sendJson } from '../http/send.ts';
import { readTimeZone } from '../http/time-zone.ts';
import { type Call, callerOf, type Handler } from '../route.ts';
import { acceptedAnswer, runLinks } from '../views/run-answer.ts';
import { scheduleAnswer } from '../views/schedule-answer.ts';
import { acceptCall } from './accept-call.ts';
import { findItem } from './get-item.ts';
import { asCaller } from './as-caller.ts';
import { noteDone } from './note-done.ts';

interface Found {
  readonly item: Versioned<Schedule>;
  readonly timeZone: string;
}

async function find({ catalog }: GatewayDependencies, { params }: Call): Promise<Found> {
  const view = await catalog.view();
  const item = findItem(view, 'schedule', params['name'] ?? '');
  return { item, timeZone: zoneOf(item.item, view.get('service', item.item.service)?.item) };
}

/** `GET /v1/schedules/{name}`: what it is, how far it has come, and its next five slots. Never 304: time goes by. */
export function getSchedule(deps: GatewayDependencies): Handler {
  return async (call) => sendSchedule(deps, call, await find(deps, call));
}

/** `POST /v1/schedules/{name}/run-now`: one run at once, by the caller. Also while it is disabled, paused or at work. */
export function runScheduleNow(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { item, timeZone } = await find(deps, call);
    const { name } = item.item;
    const request = scheduleRequest(item.item, readTimeZone(call.request) ?? timeZone);
    const answer = await acceptCall(deps, call, request, 'schedule');
    if (answer.kind !== 'accepted' && answer.kind !== 'replayed') {
      const code = answer.kind === 'unknown-targets' ? 'TARGETS_UNKNOWN' : 'TARGETS_EMPTY';
      const [first] = answer.kind === 'dry-run' ? [] : answer.errors;
      throw new AppError(code, first ?? `The schedule '${name}' has no devices, and its service neither.`);
    }
    const spec = answer.kind === 'accepted' ? answer.spec : answer.record.spec;
    if (answer.kind === 'accepted') {
      deps.metrics.accepted('schedule');
      const by = callerOf(call).name;
      await deps.schedules.note(scheduleKey(item), {
        slotMs: null,
        outcome: 'fired',
        atMs: deps.clock.nowMs(),
        runId: spec.id,
        by,
      });
      await noteDone(deps, call, 'schedule.run-now', name, { runId: spec.id });
    }
    call.response.setHeader('Location', runLinks(spec.id).self);
    sendJson(call.response, 202, acceptedAnswer(spec, answer.kind === 'accepted' ? 'queued' : answer.record.state));
  };
}

/** `POST /v1/schedules/{name}/pause`: it fires nothing; runs in work finish. */
export function pauseSchedule(deps: GatewayDependencies): Handler {
  return async (call) => {
    const found = await find(deps, call);
    const { reason } = (call.body ?? {}) as { reason?: string };
    const pause = { atMs: deps.clock.nowMs(), by: callerOf(call).name, ...(reason === undefined ? {} : { reason }) };
    await change(deps, call, found, pause);
  };
}

/** `POST /v1/schedules/{name}/resume`: it goes on with the next slot. */
export function resumeSchedule(deps: GatewayDependencies): Handler {
  return async (call) => change(deps, call, await find(deps, call), null);
}

async function change(
  deps: GatewayDependencies,
  call: Call,
  found: Found,
  pause: Parameters<ScheduleStore['setPause']>[1],
): Promise<void> {
  const { name } = found.item.item;
  const action = pause ? 'schedule.pause' : 'schedule.resume';
  await asCaller(deps, call, action, name, async (caller) => checkActAs(caller, found.item.item));
  const key = scheduleKey(found.item);
  const before = await deps.schedules.get(key);
  await deps.schedules.setPause(key, pause, deps.clock.nowMs());
  const isChanged = (before.pause === null) !== (pause === null);
  if (isChanged) await noteDone(deps, call, action, name);
  await sendSchedule(deps, call, found);
}

/** Whether it fires is a matter of who may have it run as its account, as what it fires is. Throws ACT_AS_DENIED. */
function checkActAs(caller: Principal, { name, runAs }: Schedule): void {
  if (caller.services) {
    const detail = `A key with a list of services may not pause or resume the schedule '${name}', which runs as '${runAs}'.`;
    throw new AppError('ACT_AS_DENIED', detail);
  }
  if (may(caller, `act-as:${runAs}`)) return;
  const detail = `Pausing or resuming the schedule '${name}' takes the permission act-as:${runAs}, as whom it runs.`;
  throw new AppError('ACT_AS_DENIED', detail);
}

async function sendSchedule(
  { schedules, clock }: GatewayDependencies,
  { response }: Call,
  { item, timeZone }: Found,
): Promise<void> {
  const state = await schedules.get(scheduleKey(item));
  response.setHeader('ETag', entityTag(item.version));
  sendJson(response, 200, scheduleAnswer(item, state, timeZone, clock.nowMs()));
}
