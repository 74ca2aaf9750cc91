import { documentsOf, type ImportedCatalog, importCatalog as bringIn, readCatalogText } from '@runyard/catalog';
import {
  boundErrors,
  type CatalogApplyRequest,
  type CatalogImportedAnswer,
  type CatalogImportOptions,
  createInputValidator,
  invalid,
} from '@runyard/contracts';
import { AppError, type JsonValue } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { decodeBundle } from './apply-catalog.ts';
import { asEditor } from './as-editor.ts';
import { noteDone } from './note-done.ts';
import { rightsAmong } from './rights-among.ts';

/** Characters of a text in YAML: reading it keeps a gateway from everything else, a megabyte for about a second. */
const YAML_LENGTH_MAX = 1024 * 1024;
/** Items that one answer names. */
const ITEMS_MAX = 10_000;

/** `POST /v1/catalog/import`: brings in a catalog file, item by item; with `check` it only says what it would do. */
export function importCatalog(deps: GatewayDependencies): Handler {
  const { catalog, accounts, secrets, callbackProblem, texts } = deps;
  const inputs = createInputValidator();
  return async (call) => {
    const { format = 'auto', ...rules } = call.query as CatalogImportOptions;
    const read = typeof call.body === 'string' ? await readText(call.body, format) : readContent(call.body, format);
    const imported = await asEditor(deps, call, 'catalog.import', 'catalog', (editor) =>
      bringIn({ catalog, accounts, secrets, inputs, callbackProblem, texts, editor, ...read.content, ...rules }),
    );
    if (!rules.check) await revokeKeys(deps, imported);
    if (!rules.check) await note(deps, call, imported);
    const answer: CatalogImportedAnswer = {
      items: imported.items.slice(0, ITEMS_MAX),
      counts: imported.counts,
      warnings: [...read.warnings, ...imported.warnings],
      set: imported.set,
      revision: imported.revision,
      check: rules.check ?? false,
    };
    sendJson(call.response, 200, answer);
  };
}

async function readText(text: string, format: NonNullable<CatalogImportOptions['format']>) {
  // JSON is read much faster.
  if (text.length > YAML_LENGTH_MAX && !isJson(text)) {
    throw new AppError('BODY_TOO_LARGE', 'A text in YAML has at most 1 MiB; send JSON, or use `runyard apply`.');
  }
  const { documents, problems, warnings, hasGatewayFile } = await readCatalogText(text, format);
  if (problems.length > 0) throw invalid('CATALOG_INVALID', boundErrors(problems));
  return { content: { documents, isLenient: hasGatewayFile }, warnings: boundErrors(warnings) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readContent(body: JsonValue | undefined, format: CatalogImportOptions['format']) {
  const { catalog, bundles = [] } = body as unknown as CatalogApplyRequest;
  const documents = documentsOf(catalog, '/catalog');
  const content = { documents, bundles: bundles.map(decodeBundle), isLenient: format === 'gateway' };
  return { content, warnings: [] };
}

/** Once more: keys may have been made while pruning deleted their service accounts. */
async function revokeKeys({ accounts }: GatewayDependencies, { items }: ImportedCatalog): Promise<void> {
  for (const { kind, name, state } of items) {
    if (kind === 'service-account' && state === 'delete') await accounts.revokeApiKeysOf({ kind, name });
  }
}

const WRITTEN: ReadonlySet<string> = new Set(['add', 'replacement', 'delete']);

async function note(deps: GatewayDependencies, call: Call, imported: ImportedCatalog): Promise<void> {
  const { counts, items, set, revision } = imported;
  const { add, replacement, delete: deleted } = counts;
  if (add + replacement + deleted === 0) return;
  const rights = rightsAmong(items.filter(({ state }) => WRITTEN.has(state)));
  const detail = { add, replacement, delete: deleted, set, revision, ...rights };
  await noteDone(deps, call, 'catalog.import', 'catalog', detail);
}
