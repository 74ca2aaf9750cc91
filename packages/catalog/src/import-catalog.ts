import {
  boundErrors,
  type Bundle,
  createInputValidator,
  IMPORT_STATES,
  type ImportState,
  type InputSchemas,
  invalid,
} from '@runyard/contracts';
import type { CatalogStore, CatalogView, Principal, SecretBox } from '@runyard/domain';
import { type Accounts, revokeKeys } from './accounts.ts';
import { ATTEMPTS_MAX, brokenBundles, isConflict, missingBundles, refuse } from './apply-catalog.ts';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { type CallbackProblem, checkCatalog, keptWithoutValue } from './check-catalog.ts';
import type { TextProblems } from './check-texts.ts';
import { checkEditor } from './check-editor.ts';
import { checkScheduleEdits } from './check-schedule-edits.ts';
import { type ImportedItem, type ImportRules, planImport } from './plan-import.ts';

/** The set of those who name none. */
export const DEFAULT_SET = 'default';

export interface ImportCatalogOptions {
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  /** Valid by their schemas. */
  readonly documents: readonly CatalogDocument[];
  readonly bundles?: readonly Bundle[];
  readonly inputs?: InputSchemas;
  /** What is wrong with the address of a webhook; null when nothing can be said against it. */
  readonly callbackProblem?: CallbackProblem;
  /** What is wrong with an expression or a template of a workflow. */
  readonly texts?: TextProblems;
  /** Who imports, and may not write everything; the operator himself when absent. */
  readonly editor?: Principal;
  /** Writes nothing. */
  readonly check?: boolean;
  /** Replaces what is there and differs. */
  readonly force?: boolean;
  /** Deletes what the set had before and has no more. */
  readonly prune?: boolean;
  /** The set of files that added and replaced items belong to. */
  readonly set?: string;
  /** References to nothing, and secrets of which there is no value yet, are warnings, as for a Gateway. */
  readonly isLenient?: boolean;
  /** None when absent. */
  readonly accounts?: Accounts;
}

export interface ImportedCatalog {
  readonly items: readonly ImportedItem[];
  readonly counts: Readonly<Record<ImportState, number>>;
  readonly warnings: readonly CatalogProblem[];
  readonly set: string;
  /** The revision afterwards; for a check the one it was compared with. */
  readonly revision: number;
}

/**
 * Brings the documents into the catalog in one write, item by item: new ones are added, those that differ are replaced
 * only with force and left as they are otherwise. Importing the same twice changes nothing. Throws CATALOG_INVALID with
 * every problem, PERMISSION_DENIED and ACT_AS_DENIED, and then nothing was written.
 */
export async function importCatalog(options: ImportCatalogOptions): Promise<ImportedCatalog> {
  const { catalog, bundles = [], check = false, set = DEFAULT_SET } = options;
  const inputs = options.inputs ?? createInputValidator();
  refuse(brokenBundles(bundles));
  if (options.prune && options.documents.length === 0) throw emptyPrune(set);
  for (let attempt = 1; ; attempt++) {
    const view = await catalog.view();
    const { documents, warnings } = checked({ ...options, inputs }, view);
    refuse(await missingBundles(documents, bundles, view, catalog));
    const { changes, items, unchanged } = planImport(view, documents, options.secrets, await rulesOf(options, set));
    if (options.editor) checkEditor(options.editor, documents, changes);
    checkScheduleEdits(view, changes, documents);
    const counts = countsOf(items, unchanged);
    const answer = { items, counts, warnings: boundErrors(warnings), set, revision: view.revision };
    if (check || changes.length === 0) return answer;
    for (const bundle of bundles) await catalog.putBundle(bundle.hash, bundle.content);
    await revokeKeys(options.accounts, changes);
    try {
      return { ...answer, revision: await catalog.write(changes, view.revision) };
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

async function rulesOf(
  { force = false, prune = false, accounts }: ImportCatalogOptions,
  set: string,
): Promise<ImportRules> {
  return { force, prune, set, holders: (prune && (await accounts?.listRoleHolders())) || [] };
}

/** The documents that can be imported, and what is odd about the others. Throws CATALOG_INVALID. */
function checked(
  { documents, inputs, isLenient, callbackProblem, texts }: ImportCatalogOptions & { readonly inputs: InputSchemas },
  view: CatalogView,
): { documents: readonly CatalogDocument[]; warnings: CatalogProblem[] } {
  const warnings: CatalogProblem[] = [];
  if (!isLenient) {
    refuse(checkCatalog(documents, { view, inputs, callbackProblem, texts }));
    return { documents, warnings };
  }
  const valued = withValues(documents, view, warnings);
  refuse(checkCatalog(valued, { view, inputs, callbackProblem, texts, dangling: warnings }));
  return { documents: valued, warnings };
}

/** Whoever names the wrong file must not lose everything. */
function emptyPrune(set: string): Error {
  const message = `there are no items to import, so pruning would delete everything of the set \`${set}\``;
  return invalid('CATALOG_INVALID', [{ path: '', message }]);
}

/** Without the secrets whose value is neither given nor stored: a Gateway lists them all the same. */
function withValues(
  documents: readonly CatalogDocument[],
  view: CatalogView,
  warnings: CatalogProblem[],
): readonly CatalogDocument[] {
  return documents.filter((item) => {
    if (item.kind !== 'secret') return true;
    const missing = keptWithoutValue(item, view);
    for (const place of missing)
      warnings.push({ ...place, message: `the secret \`${item.document.name}\` has no value yet; it is left out` });
    return missing.length === 0;
  });
}

function countsOf(items: readonly ImportedItem[], unchanged: number): Record<ImportState, number> {
  const counts = Object.fromEntries(IMPORT_STATES.map((state) => [state, 0])) as Record<ImportState, number>;
  for (const { state } of items) counts[state] += 1;
  return { ...counts, unchanged };
}
