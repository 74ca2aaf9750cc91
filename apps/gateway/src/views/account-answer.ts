import type { ApiKeyView, UserView } from '@runyard/identity';
import { timeText } from './runtime-text.ts';

/** A user without anything of his password. */
export function userAnswer({ name, role, disabled, createdAtMs, groups = [] }: UserView) {
  return { name, role, groups, disabled, createdAt: timeText(createdAtMs) };
}

/** An API key without the key. */
export function apiKeyAnswer({ id, name, role, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs }: ApiKeyView) {
  return {
    id,
    name,
    role,
    createdBy,
    createdAt: timeText(createdAtMs),
    expiresAt: timeText(expiresAtMs),
    lastUsedAt: timeText(lastUsedAtMs),
  };
}
