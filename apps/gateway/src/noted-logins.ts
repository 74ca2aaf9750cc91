import { isAppError } from '@runyard/domain';
import { type Identity, parseAuthorization } from '@runyard/identity';
import type { DenialLog } from './denial-log.ts';

type Logins = Pick<Identity, 'authenticate' | 'issueToken' | 'issueSession' | 'issueClientToken'>;

/** Logins of which those that fail are written down, with the name that was given and where it came from. */
export function notedLogins(identity: Logins, denials: DenialLog): Logins {
  async function noted<Result>(account: string, address: string, login: Promise<Result>): Promise<Result> {
    try {
      return await login;
    } catch (error) {
      if (isAppError(error) && (error.code === 'CREDENTIALS_WRONG' || error.code === 'TOO_MANY_LOGINS')) {
        await denials.note(`login ${account} ${address}`, {
          actor: account,
          action: 'login',
          subject: account,
          reason: `${error.code}: ${error.message}`,
          detail: { address },
        });
      }
      throw error;
    }
  }
  return {
    authenticate: (credentials) =>
      noted(accountOf(credentials.authorization), credentials.address, identity.authenticate(credentials)),
    issueToken: (name, password, address) => noted(name, address, identity.issueToken(name, password, address)),
    issueSession: (name, password, address) => noted(name, address, identity.issueSession(name, password, address)),
    issueClientToken: (id, secret, address) => noted(id, address, identity.issueClientToken(id, secret, address)),
  };
}

/** Keys and tokens name nobody. */
function accountOf(authorization: string | undefined): string {
  const parsed = authorization === undefined ? null : parseAuthorization(authorization);
  if (parsed?.scheme === 'basic') return parsed.name;
  return authorization === undefined || authorization === '' ? 'session' : 'bearer';
}
