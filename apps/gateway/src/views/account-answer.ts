import type { Principal } from '@runyard/domain';
import type { ApiKeyView, UserView } from '@runyard/identity';
import { timeText } from './runtime-text.ts';

/** As whom somebody is known. */
export function principalAnswer({ name, kind, roles, groups = [], credentialId, services }: Principal) {
  return { name, kind, roles, groups, credentialId, ...(services ? { services } : {}) };
}

/** A user without anything of his password. */
export function userAnswer({ name, roles, disabled, createdAtMs, groups = [], oidcSubject }: UserView) {
  return { name, roles, groups, disabled, createdAt: timeText(createdAtMs), external: oidcSubject !== undefined };
}

/** An API key without the key. */
export function apiKeyAnswer(key: ApiKeyView) {
  const { id, name, account, services, roles, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs } = key;
  return {
    id,
    name,
    ...(account.kind === 'user' ? { user: account.name } : { serviceAccount: account.name }),
    ...(services ? { services } : {}),
    // Of a key that was made when keys had roles of their own.
    ...(roles ? { roles } : {}),
    createdBy,
    createdAt: timeText(createdAtMs),
    expiresAt: timeText(expiresAtMs),
    lastUsedAt: timeText(lastUsedAtMs),
  };
}
