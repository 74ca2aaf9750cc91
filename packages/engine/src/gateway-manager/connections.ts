import { randomBytes } from 'node:crypto';
import {
  AppError,
  type Certificate,
  type Clock,
  type GatewayRecord,
  isVisibleTo,
  type Principal,
  type WorkerAnswer,
  type WorkerInfo,
  type WorkerQuestions,
  type WorkerRegistry,
} from '@runyard/domain';
import { type ClusterRecordsDependencies, gatewaysOf, type Look, lookAt, visibleGatewayOf } from './cluster-records.ts';
import { isProven } from './worker-proof.ts';

export interface ConnectionsDependencies extends ClusterRecordsDependencies {
  readonly workers: WorkerRegistry;
  readonly questions: Pick<WorkerQuestions, 'ask'>;
  readonly clock: Clock;
}

/** Whether clusters have a worker that counts: it lives and, where the gateway has certificates, proves one of them. */
export interface Connections {
  /** By cluster, for the gateways that the caller may see. */
  map(principal: Principal): Promise<ReadonlyMap<string, boolean>>;
  /** The same for these gateways. */
  of(gateways: readonly GatewayRecord[]): Promise<ReadonlyMap<string, boolean>>;
  /** True when the caller may see the cluster. */
  sees(principal: Principal, cluster: string): Promise<boolean>;
  /** A round trip to a worker, of 3 s at most. Rejects with CLUSTER_NOT_FOUND or CLUSTER_NOT_CONNECTED. */
  check(principal: Principal, cluster: string): Promise<WorkerAnswer>;
}

const ANSWER_TIMEOUT_MS = 2_500;
const NONCE_BYTES = 24;

export function createConnections(deps: ConnectionsDependencies): Connections {
  const { workers, questions, clock } = deps;

  async function connected(look: Look, gateways: readonly GatewayRecord[]): Promise<ReadonlyMap<string, boolean>> {
    const live = await workers.live();
    const byCluster = new Map<string, WorkerInfo[]>();
    for (const worker of live) byCluster.set(worker.cluster, [...(byCluster.get(worker.cluster) ?? []), worker]);
    const nowMs = clock.nowMs();
    return new Map(
      gateways.map((gateway) => {
        const certificates = certificatesOf(look, gateway);
        const own = byCluster.get(gateway.cluster) ?? [];
        return [gateway.cluster, own.some((worker) => isCounted(worker, certificates, nowMs))];
      }),
    );
  }

  return {
    async map(principal) {
      const look = await lookAt(deps);
      return connected(
        look,
        gatewaysOf(look).filter(({ groups }) => isVisibleTo(principal, groups)),
      );
    },
    async of(gateways) {
      return connected(await lookAt(deps), gateways);
    },
    async sees(principal, cluster) {
      return visibleGatewayOf(await lookAt(deps), principal, cluster) !== null;
    },
    async check(principal, cluster) {
      const look = await lookAt(deps);
      const gateway = visibleGatewayOf(look, principal, cluster);
      if (!gateway)
        throw new AppError('CLUSTER_NOT_FOUND', `There is no cluster with the name '${cluster.slice(0, 200)}'.`);
      // Where nobody lives there is nobody to wait for.
      if (!(await workers.live()).some((worker) => worker.cluster === cluster)) throw notConnected(cluster);
      const certificates = certificatesOf(look, gateway);
      const nonce = randomBytes(NONCE_BYTES).toString('base64url');
      const isAccepted = ({ workerId, cluster: of, proof }: WorkerAnswer): boolean =>
        of === cluster &&
        (certificates === null || isProven(proof, { workerId, cluster, at: { nonce } }, certificates, clock.nowMs()));
      const answer = await questions.ask({ cluster, nonce }, { timeoutMs: ANSWER_TIMEOUT_MS, isAccepted });
      if (answer) return answer;
      throw notConnected(cluster);
    },
  };
}

function notConnected(cluster: string): AppError {
  return new AppError('CLUSTER_NOT_CONNECTED', `No worker of the cluster '${cluster}' answered in time.`);
}

/** Null when the gateway asks for none. One that is gone counts for nothing, but still asks. */
function certificatesOf({ records }: Look, { certificates }: GatewayRecord): readonly Certificate[] | null {
  return certificates.length === 0 ? null : certificates.flatMap((id) => records.certificates.get(id) ?? []);
}

function isCounted(
  { id: workerId, cluster, seenAtMs, draining, proof }: WorkerInfo,
  certificates: readonly Certificate[] | null,
  nowMs: number,
): boolean {
  if (draining) return false;
  return certificates === null || isProven(proof, { workerId, cluster, at: { seenAtMs } }, certificates, nowMs);
}
