import { applyCatalog, placeText, readCatalog, type TextProblems } from '@runyard/catalog';
import { invalid, boundErrors } from '@runyard/contracts';
import type { CatalogStore, Log, SecretBox } from '@runyard/domain';

export interface StartCatalog {
  /** A file, or a folder of files. */
  readonly path: string;
  /** Where values named `{env: …}` are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface StartCatalogDependencies {
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  readonly texts: TextProblems;
  readonly log: Log;
}

/**
 * Writes the catalog of the settings at the start of a gateway. Schedules whose slots it would move stay as they are: a
 * gateway that does not start for that fires nothing at all. Throws CATALOG_INVALID with every mistake.
 */
export async function applyStartCatalog(
  { path, env }: StartCatalog,
  { catalog, secrets, texts, log }: StartCatalogDependencies,
): Promise<void> {
  const { documents, bundles, problems, warnings } = await readCatalog([path], { env, log });
  for (const warning of warnings) log.warn('catalog warning', { at: placeText(warning), text: warning.message });
  if (problems.length > 0) throw invalid('CATALOG_INVALID', boundErrors(problems));
  const { added, changed, unchanged, left, revision } = await applyCatalog({
    catalog,
    secrets,
    texts,
    documents,
    bundles,
    leavesMovedSchedules: true,
  });
  if (left.length > 0) {
    log.error('schedules of the catalog were left as they are: they are enabled, and it would move their slots', {
      schedules: left.map(({ name }) => name),
      toDo: 'apply them with enabled: false, then once more with enabled: true',
    });
  }
  log.info('catalog applied', { path, added: added.length, changed: changed.length, unchanged, revision });
}
