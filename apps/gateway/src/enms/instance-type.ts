import { AppError } from '@runyard/domain';

/** The kinds of the catalog that eNMS calls by the same names. */
const INSTANCE_TYPES = ['device', 'pool', 'service'] as const;
export type InstanceType = (typeof INSTANCE_TYPES)[number];

/** The type in the address. Throws ROUTE_NOT_FOUND, and says what is not supported yet. */
export function instanceTypeOf(text: string): InstanceType {
  const known = INSTANCE_TYPES.find((type) => type === text);
  if (known) return known;
  const shown = text.slice(0, 100);
  throw new AppError(
    'ROUTE_NOT_FOUND',
    `The type '${shown}' is not supported yet; there are ${INSTANCE_TYPES.join(', ')}.`,
  );
}
