import type { IncomingMessage } from 'node:http';
import type { Lineage } from '@runyard/domain';
import { LINEAGE_HEADER } from '@runyard/outbound';
import type { GatewayDependencies } from '../gateway-dependencies.ts';

/**
 * From which step of which run of ours a call comes; null for calls from outside. A header that we did not sign, or
 * too long ago, counts as none: whoever sent it is not told what was wrong with it.
 */
export function lineageOf(
  { readLineage, log }: Pick<GatewayDependencies, 'readLineage' | 'log'>,
  { headers }: Pick<IncomingMessage, 'headers'>,
): Lineage | null {
  const header = headers[LINEAGE_HEADER];
  if (typeof header !== 'string') return null;
  const lineage = readLineage(header);
  if (lineage === null) log.debug('a lineage header was ignored: not signed by this installation, or too old');
  return lineage;
}
