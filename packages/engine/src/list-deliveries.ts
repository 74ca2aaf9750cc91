import { AppError, type Clock, type Delivery, type DeliveryStore, type RunId, type RunStore } from '@runyard/domain';
import { firstDeliveries } from './first-deliveries.ts';

export interface ListDeliveriesDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly deliveries: Pick<DeliveryStore, 'read'>;
  readonly clock: Clock;
}

/** How far each receiver of the end of a run is told. Rejects with RUN_NOT_FOUND. */
export type ListDeliveries = (runId: RunId) => Promise<readonly Delivery[]>;

export function createListDeliveries({ runs, deliveries, clock }: ListDeliveriesDependencies): ListDeliveries {
  return async (runId) => {
    const record = await runs.get(runId);
    if (!record) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    if (!record.spec.notify) return [];
    return (await deliveries.read(runId))?.deliveries ?? firstDeliveries(record, clock.nowMs());
  };
}
