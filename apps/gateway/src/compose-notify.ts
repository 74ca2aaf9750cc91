import { createHmac } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { CatalogStore, Clock, DeliveryStore, Log, RunStore, SecretBox, StartStop } from '@runyard/domain';
import { createListDeliveries, type ListDeliveries, Notifier } from '@runyard/engine';
import {
  type AddressRules,
  createAddressPolicy,
  createConnections,
  createNotificationSender,
  urlProblem,
} from '@runyard/outbound';
import { createCredentials } from '@runyard/store';
import type { GatewayMetrics } from './metrics.ts';
import { runAnswer } from './views/run-answer.ts';

export interface CallbackSettings extends Pick<AddressRules, 'allowCidrs' | 'denyCidrs'> {
  /** Signs for receivers that name no secret; made from the secret key when absent. */
  readonly secret?: string;
}

export interface NotifyParts {
  readonly callbacks: CallbackSettings;
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  readonly secretKey: Uint8Array;
  readonly version: string;
  readonly metrics: Pick<GatewayMetrics, 'attempted'>;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this gateway is the one that tells receivers. */
  readonly lead: () => Promise<boolean>;
}

export interface Notify {
  readonly parts: readonly StartStop[];
  readonly listDeliveries: ListDeliveries;
  /** What is wrong with the address of a receiver; null when nothing can be said against it now. */
  readonly callbackProblem: (url: string) => string | null;
}

/** What tells others over HTTP that runs ended, in one gateway at a time. */
export function composeNotify({ callbacks, secretKey, version, metrics, ...parts }: NotifyParts): Notify {
  const policy = createAddressPolicy({ ...callbacks, ownAddresses, setting: 'callbacks.allowCidrs' });
  const connections = createConnections(policy);
  const { clock } = parts;
  // Signing keeps no secret longer than it takes, and no log line has one.
  const credentials = createCredentials(parts.catalog, parts.secrets, () => undefined);
  const notifier = new Notifier({
    ...parts,
    sender: createNotificationSender({ connections, clock, userAgent: `Runyard/${version}` }),
    secret: (name) => credentials.secret(name),
    ownSecret: callbacks.secret ?? createHmac('sha256', secretKey).update('runyard callbacks').digest('hex'),
    render: (record) => JSON.stringify(runAnswer(record)),
    random: Math.random,
    onAttempt: (outcome) => metrics.attempted(outcome),
  });
  return {
    parts: [{ start: () => Promise.resolve(), stop: () => connections.close() }, notifier],
    listDeliveries: createListDeliveries(parts),
    callbackProblem: (url) => urlProblem(url, policy),
  };
}

/**
 * A gateway reaches by its own addresses what listens on its machine for neighbours it trusts, as by the loopback: callers
 * must not have it call there.
 */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}
