import {
  CATALOG_SECTIONS,
  type CatalogDocumentKinds,
  createInputValidator,
  type InputSchemas,
  type ItemUser,
  type Validator,
} from '@runyard/contracts';
import {
  AppError,
  CATALOG_KINDS,
  type CatalogKind,
  type CatalogKinds,
  type CatalogStore,
  type CatalogView,
  DEFAULT_CLUSTER,
  type Principal,
  type SecretBox,
  type Versioned,
} from '@runyard/domain';
import { type Accounts, readHolders, revokeKeys } from './accounts.ts';
import { applyCatalog, ATTEMPTS_MAX, isConflict } from './apply-catalog.ts';
import { catalogDocument } from './catalog-document.ts';
import type { CallbackProblem } from './check-catalog.ts';
import type { TextProblems } from './check-texts.ts';
import { referencesOf, refersTo } from './references.ts';
import { checkMayEdit } from './check-editor.ts';
import { validator } from './validator.ts';

/** Users of an item that a refusal names. */
const USERS_NAMED_MAX = 20;

interface Edit {
  /** Who edits, and may not write everything; the operator himself when absent. */
  readonly editor?: Principal;
  /** The version that the caller saw, or null when there must be none. Absent: whatever is there. */
  readonly expectedVersion?: number | null;
}

export interface PutItemOptions extends Edit {
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  readonly kind: CatalogKind;
  /** The item as the API has it; checked here. */
  readonly document: unknown;
  readonly validator?: Validator;
  readonly inputs?: InputSchemas;
  /** What is wrong with the address of a webhook; null when nothing can be said against it. */
  readonly callbackProblem?: CallbackProblem;
  /** What is wrong with an expression or a template of a workflow. */
  readonly texts?: TextProblems;
}

export interface WrittenItem {
  readonly item: Versioned<CatalogKinds[CatalogKind]>;
  readonly created: boolean;
}

/** Creates or replaces one item. Throws BODY_INVALID, CATALOG_INVALID, PRECONDITION_FAILED, and as `applyCatalog`. */
export async function putItem(options: PutItemOptions): Promise<WrittenItem> {
  const { catalog, secrets, kind, document, expectedVersion } = options;
  (options.validator ?? validator).assert(CATALOG_SECTIONS[kind].schema, document);
  const valid = document as CatalogDocumentKinds[typeof kind];
  const applied = await applyCatalog({
    catalog,
    secrets,
    documents: [catalogDocument(kind, valid, (pointer) => ({ path: pointer }))],
    inputs: options.inputs ?? createInputValidator(),
    ...(options.callbackProblem ? { callbackProblem: options.callbackProblem } : {}),
    ...(options.texts ? { texts: options.texts } : {}),
    ...(options.editor ? { editor: options.editor } : {}),
    precondition: (view) => checkVersion(view, kind, valid.name, expectedVersion),
  });
  const item = (await catalog.view()).get(kind, valid.name);
  if (!item)
    throw new AppError('CATALOG_CONFLICT', `The ${kind} ${valid.name} was deleted right after it was written.`);
  return { item, created: applied.added.length > 0 };
}

export interface DeleteItemOptions extends Edit {
  readonly catalog: CatalogStore;
  readonly kind: CatalogKind;
  readonly name: string;
  /** None when absent. */
  readonly accounts?: Accounts;
}

/**
 * Deletes one item. Throws PERMISSION_DENIED, CATALOG_ITEM_NOT_FOUND, PRECONDITION_FAILED, and CATALOG_ITEM_IN_USE with
 * who uses it.
 */
export async function deleteItem(options: DeleteItemOptions): Promise<void> {
  const { catalog, kind, name, editor, expectedVersion } = options;
  if (editor) checkMayEdit(editor, kind, name);
  for (let attempt = 1; ; attempt++) {
    const view = await catalog.view();
    if (!view.get(kind, name)) {
      throw new AppError('CATALOG_ITEM_NOT_FOUND', `There is no ${kind} with the name ${name}.`);
    }
    checkVersion(view, kind, name, expectedVersion);
    const users = [...usersOf(view, kind, name), ...(await readHolders(options.accounts, kind, name))];
    if (users.length > 0) throw inUse(kind, name, users);
    const changes = [{ kind, action: 'delete', name }] as const;
    await revokeKeys(options.accounts, changes);
    try {
      await catalog.write(changes, view.revision);
      return;
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

/** The items that refer to this one by name. A pool that has a device by its rule does not. */
export function usersOf(view: CatalogView, kind: CatalogKind, name: string): ItemUser[] {
  // The default cluster is there without being declared.
  if (kind === 'cluster' && name === DEFAULT_CLUSTER) return [];
  const used = view.get(kind, name)?.item ?? { name };
  return CATALOG_KINDS.flatMap((userKind) =>
    view
      .names(userKind)
      .filter((userName) => {
        const item = view.get(userKind, userName)?.item;
        if (!item || (userKind === kind && userName === name)) return false;
        return referencesOf(userKind, item as never).some((one) => refersTo(one, kind, used));
      })
      .map((userName) => ({ kind: userKind, name: userName })),
  );
}

function inUse(kind: CatalogKind, name: string, users: readonly ItemUser[]): AppError {
  const named = users.slice(0, USERS_NAMED_MAX);
  const more = users.length > named.length ? ` and ${users.length - named.length} more` : '';
  const list = named.map((user) => `${user.kind} ${user.name}`).join(', ');
  return new AppError('CATALOG_ITEM_IN_USE', `The ${kind} ${name} is used by ${list}${more}.`, {
    extensions: { usedBy: named, users: users.length },
  });
}

function checkVersion(view: CatalogView, kind: CatalogKind, name: string, expected: number | null | undefined): void {
  const version = view.get(kind, name)?.version ?? null;
  if (expected === undefined || expected === version) return;
  const now = version === null ? 'does not exist' : `has version ${version}`;
  const wanted = expected === null ? 'that it does not exist' : `version ${expected}`;
  throw new AppError('PRECONDITION_FAILED', `The ${kind} ${name} ${now}; the call expects ${wanted}.`);
}
