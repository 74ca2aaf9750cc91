import {
  type AccessView,
  type AccountKind,
  type Device,
  devicesRefusal,
  mayUseEveryDevice,
  type Principal,
  type PrincipalReference,
  type Principals,
  isDelegated,
  rightsRevisionOf,
  type RunRefusal,
  runRefusal,
  type RunSpec,
  type RunStore,
  serviceAccountOf,
} from '@runyard/domain';
import { deniedStart } from './audit-decision.ts';
import type { DecisionLog } from './decision-log.ts';
import type { RunEnded } from './run-ended.ts';

export interface CheckStartDependencies {
  readonly principals: Principals;
}

/** Whether a run that was accepted may begin, by the rights of now. */
interface StartDecision {
  /** Null: it may. */
  readonly refusal: RunRefusal | null;
  /** The revision of rights on which that was found: while it is the same, so is the answer. */
  readonly rightsRevision: string;
}

/** `devices` gives those of the run; it is asked only for an account that may not use every device. */
export type CheckStart = (spec: RunSpec, access: AccessView, devices: DevicesOf) => Promise<StartDecision>;

type DevicesOf = () => Promise<readonly Device[]>;

/** What a schedule is called as an actor: no account has such a name. */
const SCHEDULE = 'schedule:';

/** Looks once more at what was decided when the run was accepted: accounts, credential, act-as, service and devices. */
export function createCheckStart({ principals }: CheckStartDependencies): CheckStart {
  return async (spec, access, devices) => {
    // Before the accounts are read: what changes meanwhile has a later revision.
    const rightsRevision = rightsRevisionOf(await principals.revision(), access.revision);
    const refusal = await refusalOf(spec, access, devices);
    return { refusal, rightsRevision };
  };

  async function refusalOf(spec: RunSpec, access: AccessView, devices: DevicesOf): Promise<RunRefusal | null> {
    const credential = credentialOf(spec);
    const isScheduled = spec.door === 'schedule' && spec.actor.startsWith(SCHEDULE);
    const actor = isScheduled ? null : await principals.current(referenceTo(spec, spec.actor, spec.actorKind), access);
    if (!actor && !isScheduled) return revoked(`the account '${spec.actor}'`, spec.credentialId);
    const principal = isScheduled || isDelegated(spec) ? serviceAccountOf(spec.principal, access, credential) : actor;
    if (!principal) return revoked(`the service account '${spec.principal}'`);
    const parties = { actor: actor ?? principal, principal, isActProved: isScheduled };
    const refusal = runRefusal(parties, spec.service, access);
    if (refusal || mayUseEveryDevice(principal, access)) return refusal;
    return devicesRefusal(principal, await devices(), access);
  }
}

/** The credential by which a run was asked for. */
function credentialOf({ credentialId, credentialServices: services }: RunSpec) {
  return { credentialId, ...(services ? { services } : {}) };
}

/** As what an account of a run is found again. */
function referenceTo(spec: RunSpec, name: string, kind: AccountKind = 'user'): PrincipalReference {
  const isActor = name === spec.actor && kind === (spec.actorKind ?? 'user');
  const { actorCreatedAtMs: createdAtMs } = spec;
  return { name, kind, ...(isActor && createdAtMs !== undefined ? { createdAtMs } : {}), ...credentialOf(spec) };
}

/** As what the account is found again as whom a run runs. */
export async function principalOf(
  spec: RunSpec,
  principals: Pick<Principals, 'current'>,
  access: AccessView,
): Promise<Principal | null> {
  return principals.current(referenceTo(spec, spec.principal, spec.principalKind), access);
}

function revoked(what: string, credentialId?: string): RunRefusal {
  const credential = credentialId === undefined ? '' : ` or its credential '${credentialId}'`;
  return {
    code: 'PRINCIPAL_REVOKED',
    message: `Since the run was accepted, ${what}${credential} was revoked or disabled.`,
  };
}

export interface DenyRunDependencies {
  readonly runs: Pick<RunStore, 'fail'>;
  /** Absent: denials are not written down. */
  readonly decisions?: Pick<DecisionLog, 'note'> | undefined;
  readonly runEnded: RunEnded;
}

/** Ends a run that has not begun as denied. Nothing of it was done. */
export async function denyRun(
  { runs, decisions, runEnded }: DenyRunDependencies,
  spec: RunSpec,
  refusal: RunRefusal,
): Promise<void> {
  await runs.fail(spec.id, refusal, 'denied');
  await decisions?.note(deniedStart(spec, refusal));
  await runEnded(spec);
}
