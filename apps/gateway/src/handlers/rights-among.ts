import type { CatalogKind, NewAuditEntry } from '@runyard/domain';

/** Kinds that say who may do what. */
const RIGHTS: ReadonlySet<CatalogKind> = new Set<CatalogKind>(['role', 'group', 'service-account']);
const NAMED_MAX = 20;

/** Names in a row of the audit log what decides on rights among the items that were written; nothing when none does. */
export function rightsAmong(
  items: readonly { readonly kind: CatalogKind; readonly name: string }[],
): NewAuditEntry['detail'] {
  const names = items.filter(({ kind }) => RIGHTS.has(kind)).map(({ kind, name }) => `${kind}/${name}`);
  if (names.length === 0) return {};
  const named = names.slice(0, NAMED_MAX).join(', ');
  return { rights: names.length > NAMED_MAX ? `${named} and ${names.length - NAMED_MAX} more` : named };
}
