import { AppError } from '@runyard/domain';
import { isAccountName } from './user-rules.ts';

const GROUPS_MAX = 1_000;
const GROUP_LENGTH_MAX = 200;

/** Somebody whom an identity provider let in. */
export interface ExternalUser {
  readonly name: string;
  /** Issuer and subject: what the provider never gives to somebody else. */
  readonly subject: string;
  readonly groups: readonly string[];
}

interface ClaimNames {
  readonly nameClaim: string;
  readonly groupsClaim: string;
}

/** Who the claims tell of. Throws PERMISSION_DENIED, with the claim, when they make no user. */
export function readClaims(
  claims: Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string },
  { nameClaim, groupsClaim }: ClaimNames,
): ExternalUser {
  const name = claims[nameClaim];
  if (typeof name !== 'string' || !isAccountName(name)) {
    throw denied(nameClaim, 'is no name of 1 to 64 letters, digits, ".", "_", "@" or "-"');
  }
  const given = claims[groupsClaim] ?? [];
  if (!Array.isArray(given)) throw denied(groupsClaim, 'is no list of groups');
  if (given.length > GROUPS_MAX) throw denied(groupsClaim, `names more than ${GROUPS_MAX} groups`);
  const groups = [...new Set(given.filter(isGroupName))].sort();
  return { name, subject: `${claims.iss} ${claims.sub}`, groups };
}

/** What can be no name of a group gives no right, so it is passed over. */
function isGroupName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= GROUP_LENGTH_MAX;
}

function denied(claim: string, problem: string): AppError {
  return new AppError('PERMISSION_DENIED', `The identity provider let you in, but its claim '${claim}' ${problem}.`);
}
