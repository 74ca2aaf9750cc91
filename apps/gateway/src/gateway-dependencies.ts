import type { RotateSecrets, TextProblems } from '@runyard/catalog';
import type {
  AuditLog,
  CallLimiter,
  CatalogStore,
  Clock,
  ClusterPauses,
  IdentityStore,
  Lineage,
  LockStore,
  Log,
  RunEvents,
  RunStore,
  ScheduleStore,
  SecretBox,
  StepStore,
  TargetRule,
  WorkerRegistry,
} from '@runyard/domain';
import type {
  AcceptOnce,
  AcceptRun,
  AnswerStep,
  BreakLock,
  CancelRun,
  DecisionLog,
  ExplainRun,
  ListDeliveries,
  PauseCluster,
  PauseRun,
  ReadTree,
  RerunRun,
  WaitForRun,
} from '@runyard/engine';
import type { Identity, OidcLogin } from '@runyard/identity';
import type { GatewayManager } from './compose-gateway-manager.ts';
import type { Authenticate } from './http/authenticate.ts';
import type { BoardQueue } from './queue-board/queue-board.ts';
import type { GatewayMetrics } from './metrics.ts';

/** The part of identity that is offered over HTTP. */
type Accounts = Pick<
  Identity,
  | 'createUser'
  | 'changeUser'
  | 'deleteUser'
  | 'listUsers'
  | 'createApiKey'
  | 'listApiKeys'
  | 'revokeApiKey'
  | 'revokeApiKeysOf'
  | 'listRoleHolders'
> &
  Pick<IdentityStore, 'getUser'>;

export interface Oidc {
  readonly login: OidcLogin;
  /** Roles that every user of the provider gets. */
  readonly roles: readonly string[];
}

export interface GatewaySettings {
  /** The name by which `/rest/is_alive` introduces this gateway. */
  readonly name: string;
  readonly version: string;
  readonly bodyBytesMax: number;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** The longest that a call of the native API may wait for a run. */
  readonly syncWaitMaxSeconds: number;
  readonly enmsTargetRule: TargetRule;
  /** How long `POST /gateway_manager/v1/services/run` waits for the end of its run, in milliseconds. */
  readonly gatewayManagerWaitMs: number;
  /** Service account of calls without credentials, where a service lets them in. */
  readonly anonymousAccount?: string | undefined;
}

/** What the gateway is made of. It holds no state of its own: any gateway answers for any run. */
export interface GatewayDependencies {
  readonly settings: GatewaySettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly withLogContext: <Value>(fields: Readonly<Record<string, string>>, work: () => Value) => Value;
  readonly metrics: GatewayMetrics;
  readonly authenticate: Authenticate;
  /** The revision of users that this gateway saw last. */
  readonly identityRevision: () => number;
  readonly accounts: Accounts;
  readonly tokens: Pick<Identity, 'issueToken' | 'issueSession' | 'issueClientToken' | 'revokeToken' | 'admitExternal'>;
  /** Login at an identity provider; null where the installation has none. */
  readonly oidc: Oidc | null;
  readonly gatewayManager: GatewayManager;
  readonly acceptRun: AcceptRun;
  readonly acceptOnce: AcceptOnce;
  /** From which step of which run a call comes, by its signed header; null when it is not ours. */
  readonly readLineage: (header: string) => Lineage | null;
  readonly rerunRun: RerunRun;
  readonly cancelRun: CancelRun;
  readonly explainRun: ExplainRun;
  readonly readTree: ReadTree;
  readonly answerStep: AnswerStep;
  /** How far the steps of workflows have come. */
  readonly steps: StepStore;
  readonly listDeliveries: ListDeliveries;
  /** What is wrong with the address of a receiver; null when nothing can be said against it now. */
  readonly callbackProblem: (url: string) => string | null;
  /** What is wrong with an expression or a template of a workflow. */
  readonly texts: TextProblems;
  readonly pauseRun: PauseRun;
  readonly pauseCluster: PauseCluster;
  /** Which clusters are paused, for lists. */
  readonly clusterPauses: ClusterPauses;
  /** How far schedules have come. */
  readonly schedules: ScheduleStore;
  readonly breakLock: BreakLock;
  /** Who did what to what others rely on. */
  readonly audit: AuditLog;
  /** What was denied, and logins, for the audit log. */
  readonly decisions: DecisionLog;
  readonly locks: LockStore;
  readonly waitForRun: WaitForRun;
  /** Counts calls of endpoints of services, where they have a rate limit. */
  readonly callLimiter: CallLimiter;
  readonly runs: RunStore;
  readonly events: RunEvents;
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  readonly rotateSecrets: RotateSecrets;
  readonly workers: WorkerRegistry;
  /** Resolves when Redis answers; rejects or takes long otherwise. */
  readonly ping: () => Promise<void>;
  /** The queues that there are now, for the board. */
  readonly queues: () => Promise<readonly BoardQueue[]>;
  /** The folder of the built dashboard; null when there is none. */
  readonly dashboardFolder: string | null;
  /** Aborted when the gateway stops: streams and waiting calls end then. */
  readonly stopping: AbortSignal;
}
