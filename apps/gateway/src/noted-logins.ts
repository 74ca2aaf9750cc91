import { isAppError } from '@runyard/domain';
import type { DecisionLog } from '@runyard/engine';
import { type Identity, type IssuedToken, networkOf, parseAuthorization } from '@runyard/identity';

type Logins = Pick<Identity, 'authenticate' | 'issueToken' | 'issueSession' | 'issueClientToken'>;

/** Characters of a name that is written down; longer ones are cut, and are the name of nobody. */
const NAME_LENGTH_MAX = 64;

/** Logins that are written down: those that fail with the name that was given, and whence each came. */
export function notedLogins(
  identity: Logins & Pick<Identity, 'authenticateBearer'>,
  decisions: Pick<DecisionLog, 'note'>,
): Logins {
  async function noted<Result>(name: string, address: string, login: Promise<Result>): Promise<Result> {
    try {
      return await login;
    } catch (error) {
      if (isAppError(error) && (error.code === 'CREDENTIALS_WRONG' || error.code === 'TOO_MANY_LOGINS')) {
        const { code } = error;
        const account = name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}…` : name;
        const reason = `${code}: ${error.message}`;
        const denial = { actor: account, action: 'login', subject: account, decision: 'denied', reason } as const;
        await decisions.note({ ...denial, detail: { address, code } }, networkOf(address));
      }
      throw error;
    }
  }

  /** A login with a token for the next calls. Which credential it was the token knows. */
  async function issued(name: string, address: string, login: Promise<IssuedToken>): Promise<IssuedToken> {
    const token = await noted(name, address, login);
    const principal = await identity.authenticateBearer(token.token);
    await decisions.note(allowedLogin(principal.name, principal.credentialId, address));
    return token;
  }

  return {
    authenticate: (credentials) =>
      noted(accountOf(credentials.authorization), credentials.address, identity.authenticate(credentials)),
    issueToken: (name, password, address) => issued(name, address, identity.issueToken(name, password, address)),
    issueSession: (name, password, address) => issued(name, address, identity.issueSession(name, password, address)),
    issueClientToken: (id, secret, address) => issued(id, address, identity.issueClientToken(id, secret, address)),
  };
}

/** Whoever has a login can repeat it at will, so it is counted like what is denied. */
export function allowedLogin(name: string, credential: string, address: string) {
  const login = { actor: name, credential, action: 'login', subject: name, decision: 'allowed' } as const;
  return { ...login, detail: { address } };
}

/** Keys and tokens name nobody. */
function accountOf(authorization: string | undefined): string {
  const parsed = authorization === undefined ? null : parseAuthorization(authorization);
  if (parsed?.scheme === 'basic') return parsed.name;
  return authorization === undefined || authorization === '' ? 'session' : 'bearer';
}
