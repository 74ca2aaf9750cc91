import type { ControlChannel, Principals, ScheduleStore, StartStop, StepStore } from '@runyard/domain';
import { createCheckStart, createPlanRun, createStartStepRun, type DecisionLog, Expirer } from '@runyard/engine';
import { createPlanConsumer } from '@runyard/queue';
import type { RedisConnection } from '@runyard/redis';
import { createLease } from '@runyard/store';
import { composeKeeping, type KeepingParts } from './compose-keeping.ts';
import type { Limits, LimitParts } from './compose-limits.ts';
import { composeNotify, type Notify, type NotifyParts } from './compose-notify.ts';
import { composeSchedules, type ScheduleParts } from './compose-schedules.ts';

export interface BackgroundParts
  extends
    LimitParts,
    Omit<KeepingParts, 'gate' | 'lead' | 'runEnded' | 'closeChild'>,
    Omit<NotifyParts, 'lead' | 'metrics'>,
    Omit<ScheduleParts, 'lead' | 'catalog' | 'runs'> {
  readonly keyPrefix: string;
  readonly control: ControlChannel;
  readonly steps: StepStore;
  readonly principals: Principals;
  readonly decisions: DecisionLog;
  readonly limits: Limits;
  /** Waits for runs that need a plan, so nothing else is sent on it. */
  readonly planConnection: RedisConnection;
}

/** What a gateway does that nobody is waiting for on the line. */
export interface Background extends Pick<Notify, 'listDeliveries' | 'callbackProblem'> {
  /** In the order in which they start. */
  readonly parts: readonly StartStop[];
  readonly schedules: ScheduleStore;
}

const PLANS_AT_ONCE = 4;
/** How long a gateway that died still counts as the one that reconciles. */
const LEAD_MS = 10_000;

export function composeBackground({ limits, keyPrefix, planConnection, ...parts }: BackgroundParts): Background {
  const { connection, keys, metrics, log } = parts;
  const checkStart = createCheckStart(parts);
  const work = {
    plan: createPlanRun({ ...parts, ...limits, checkStart }),
    startStep: createStartStepRun({ ...parts, ...limits }),
  };
  const plan = createPlanConsumer(work, {
    connection: planConnection,
    keyPrefix,
    concurrency: PLANS_AT_ONCE,
    log,
  });
  const lease = createLease(connection, keys, 'reconciler');
  const lead = async () => metrics.leads(await lease.hold(LEAD_MS));
  const { schedules, firer } = composeSchedules({ ...parts, lead });
  const keeping = composeKeeping({ ...parts, ...limits, lead });
  const notify = composeNotify({ ...parts, lead });
  const expirer = new Expirer({ ...parts, lead, runEnded: limits.runEnded });
  return { ...notify, schedules, parts: [plan, firer, ...keeping, ...notify.parts, expirer] };
}
