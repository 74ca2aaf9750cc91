import { boundErrors } from '@runyard/contracts';
import {
  AppError,
  type CatalogChange,
  type CatalogKind,
  type ErrorCode,
  may,
  type Permission,
  permissionMissing,
  type Principal,
} from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { referencesOf } from './references.ts';

/** Kinds that say who may do what: whoever writes them could give himself any right. */
const RIGHTS: readonly CatalogKind[] = ['role', 'group', 'service-account'];

/** Throws PERMISSION_DENIED when somebody may not write or delete this item at all. */
export function checkMayEdit(editor: Principal, kind: CatalogKind, name: string): void {
  const missing = missingPermission(editor, kind, name);
  if (missing !== null) throw permissionMissing(editor, missing);
}

/**
 * Whether somebody may make these changes: write what says who may do what, and have something run as the service
 * accounts that the definitions name. Throws PERMISSION_DENIED or ACT_AS_DENIED with each place, before anything is
 * written; `documents` are those of which the changes were made.
 */
export function checkEditor(
  editor: Principal,
  documents: readonly CatalogDocument[],
  changes: readonly CatalogChange[],
): void {
  const denied: CatalogProblem[] = [];
  const actAs: CatalogProblem[] = [];
  const places = new Map(documents.map((item) => [keyOf(item.kind, item.document.name), item]));
  for (const change of changes) {
    const name = change.action === 'put' ? change.item.name : change.name;
    const item = places.get(keyOf(change.kind, name));
    const missing = missingPermission(editor, change.kind, name);
    if (missing !== null) {
      const message = `${change.action === 'put' ? 'writing' : 'deleting'} the ${change.kind} '${name}' takes the permission ${missing}`;
      denied.push({ ...(item?.at('') ?? { path: '' }), message });
    }
    if (change.action === 'put' && item) actAs.push(...actAsProblems(editor, item));
  }
  refuse('PERMISSION_DENIED', `'${editor.name}' may not change this.`, denied);
  refuse('ACT_AS_DENIED', `'${editor.name}' may not have anything run as these service accounts.`, actAs);
}

function missingPermission(editor: Principal, kind: CatalogKind, name: string): Permission | null {
  // Values of secrets are renewed by programs that may touch nothing else.
  if (kind === 'secret' && may(editor, `secret:update:${name}`)) return null;
  if (!may(editor, 'catalog:write')) return kind === 'secret' ? `secret:update:${name}` : 'catalog:write';
  return RIGHTS.includes(kind) && !may(editor, 'user:admin') ? 'user:admin' : null;
}

function actAsProblems(editor: Principal, item: CatalogDocument): CatalogProblem[] {
  // Whoever refers to a service account has something run as it: schedules, endpoints, steps.
  const accounts = referencesOf(item.kind, item.document as never).filter(({ kind }) => kind === 'service-account');
  return accounts.flatMap(({ name, pointer }) => {
    if (may(editor, `act-as:${name}`)) return [];
    return [{ ...item.at(pointer), message: `running as '${name}' takes the permission act-as:${name}` }];
  });
}

function refuse(code: ErrorCode, detail: string, problems: readonly CatalogProblem[]): void {
  const [first] = problems;
  if (!first) return;
  const text = `${detail.slice(0, -1)}: ${first.message}.`;
  throw new AppError(code, text, { errors: boundErrors(problems) });
}

const keyOf = (kind: CatalogKind, name: string): string => `${kind} ${name}`;
