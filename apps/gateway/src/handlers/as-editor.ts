import type { Principal } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import type { Call } from '../route.ts';
import { asCaller } from './as-caller.ts';

/** Writes to the catalog as the caller. What he saved counts for the very next call here. */
export async function asEditor<Result>(
  { decisions, catalog }: Pick<GatewayDependencies, 'decisions' | 'catalog'>,
  call: Call,
  action: string,
  subject: string,
  write: (editor: Principal) => Promise<Result>,
): Promise<Result> {
  const result = await asCaller({ decisions }, call, action, subject, write);
  await catalog.view();
  return result;
}
