import {
  boundErrors,
  type Bundle,
  bundleHash,
  createInputValidator,
  type InputSchemas,
  invalid,
} from '@runyard/contracts';
import { type CatalogStore, type CatalogView, isAppError, type Principal, type SecretBox } from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { type CallbackProblem, checkCatalog } from './check-catalog.ts';
import type { TextProblems } from './check-texts.ts';
import { checkEditor } from './check-editor.ts';
import { checkScheduleEdits, movedSchedules } from './check-schedule-edits.ts';
import { placedSteps } from './placed-steps.ts';
import { type ApplyPlan, type ItemName, planApply } from './plan-apply.ts';

/** Somebody else may write between reading and writing; after so many times the caller is told. */
export const ATTEMPTS_MAX = 8;

export interface ApplyCatalogOptions {
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  /** Valid by their schemas. */
  readonly documents: readonly CatalogDocument[];
  readonly bundles?: readonly Bundle[];
  readonly dryRun?: boolean;
  /** The set of files that added and changed items belong to from now on. */
  readonly managedBy?: string;
  readonly inputs?: InputSchemas;
  /** What is wrong with the address of a webhook; null when nothing can be said against it. */
  readonly callbackProblem?: CallbackProblem;
  /** What is wrong with an expression or a template of a workflow. */
  readonly texts?: TextProblems;
  /** Who writes, and may not write everything; the operator himself when absent. */
  readonly editor?: Principal;
  /**
   * Leaves schedules as they are that are enabled and whose slots would move, and writes the rest. Refused as a whole when
   * absent.
   */
  readonly leavesMovedSchedules?: boolean;
  /** Throws when the catalog is not what the caller expects; called with the very revision that is written on. */
  readonly precondition?: (view: CatalogView) => void;
}

export interface AppliedCatalog {
  readonly added: readonly ItemName[];
  readonly changed: readonly ItemName[];
  readonly unchanged: number;
  /** Schedules that were left as they are. */
  readonly left: readonly ItemName[];
  /** The revision afterwards; for a dry run the one it was compared with. */
  readonly revision: number;
}

/**
 * Writes the documents into the catalog, all or none; items that are not named stay. Applying the same twice changes
 * nothing. Throws CATALOG_INVALID with every problem, PERMISSION_DENIED and ACT_AS_DENIED with what the editor may not
 * write, SCHEDULE_ENABLED, CATALOG_CONFLICT when others never stop writing.
 */
export async function applyCatalog(options: ApplyCatalogOptions): Promise<AppliedCatalog> {
  const { catalog, bundles = [], dryRun = false } = options;
  const inputs = options.inputs ?? createInputValidator();
  refuse(brokenBundles(bundles));
  for (let attempt = 1; ; attempt++) {
    const view = await catalog.view();
    options.precondition?.(view);
    const { documents, plan, left } = planned({ ...options, inputs }, view);
    const { changes, added, changed, unchanged } = plan;
    refuse(await missingBundles(documents, bundles, view, catalog));
    if (options.editor) checkEditor(options.editor, documents, changes);
    checkScheduleEdits(view, changes, documents);
    const answer = { added, changed, unchanged, left, revision: view.revision };
    if (dryRun || changes.length === 0) return answer;
    // Before the services that need them: a crash in between leaves a bundle that nobody uses, not the reverse.
    for (const bundle of bundles) await catalog.putBundle(bundle.hash, bundle.content);
    try {
      return { ...answer, revision: await catalog.write(changes, view.revision) };
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

interface Planned {
  readonly documents: readonly CatalogDocument[];
  readonly plan: ApplyPlan;
  readonly left: readonly ItemName[];
}

/** What is written of the documents, checked. Throws CATALOG_INVALID. */
function planned(options: ApplyCatalogOptions & { readonly inputs: InputSchemas }, view: CatalogView): Planned {
  const { secrets, managedBy, inputs, callbackProblem, texts } = options;
  const checkedPlan = (documents: readonly CatalogDocument[]): ApplyPlan => {
    refuse(checkCatalog(documents, { view, inputs, callbackProblem, texts }));
    return planApply(view, documents, secrets, managedBy);
  };
  const whole = checkedPlan(options.documents);
  const moved = options.leavesMovedSchedules ? movedSchedules(view, whole.changes) : [];
  if (moved.length === 0) return { documents: options.documents, plan: whole, left: [] };
  const names = new Set(moved.map(({ after: { name } }) => name));
  const documents = options.documents.filter(({ kind, document }) => kind !== 'schedule' || !names.has(document.name));
  // Once more: what a schedule used before may be what the rest takes away.
  return { documents, plan: checkedPlan(documents), left: [...names].map((name) => ({ kind: 'schedule', name })) };
}

/** Throws CATALOG_INVALID when there are problems. */
export function refuse(problems: readonly CatalogProblem[]): void {
  if (problems.length > 0) throw invalid('CATALOG_INVALID', boundErrors(problems));
}

/** True when somebody else wrote meanwhile. */
export function isConflict(error: unknown): boolean {
  return isAppError(error) && error.code === 'CATALOG_CONFLICT';
}

export function brokenBundles(bundles: readonly Bundle[]): CatalogProblem[] {
  return bundles.flatMap(({ hash, content }, index) =>
    bundleHash(content) === hash ? [] : [{ path: `/bundles/${index}/hash`, message: 'is not the hash of the content' }],
  );
}

export async function missingBundles(
  documents: readonly CatalogDocument[],
  bundles: readonly Bundle[],
  view: CatalogView,
  catalog: CatalogStore,
): Promise<CatalogProblem[]> {
  const given = new Set(bundles.map(({ hash }) => hash));
  const problems: CatalogProblem[] = [];
  for (const item of documents) {
    if (item.kind !== 'service') continue;
    const stored = view.get('service', item.document.name)?.item;
    const known = new Set([...given, ...(stored ? bundlesOf(stored).map(({ hash }) => hash) : [])]);
    for (const { hash, pointer } of bundlesOf(item.document)) {
      if (known.has(hash) || (await catalog.bundle(hash)) !== null) continue;
      problems.push({ ...item.at(pointer), message: 'the files of the service were not sent and are not there' });
    }
  }
  return problems;
}

/** The bundles of a service, and of the steps of a workflow. */
function bundlesOf(service: Parameters<typeof placedSteps>[0]): { hash: string; pointer: string }[] {
  const own = service.bundle === undefined ? [] : [{ hash: service.bundle, pointer: '/bundle' }];
  const ofSteps = placedSteps(service).flatMap(({ step, pointer }) => {
    const hash = step.type === 'work' ? step.service.bundle : undefined;
    return hash === undefined ? [] : [{ hash, pointer: `${pointer}/bundle` }];
  });
  return [...own, ...ofSteps];
}
