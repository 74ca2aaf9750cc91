import {
  CATALOG_FILE_BYTES_MAX,
  type CatalogDocument,
  type CatalogFormat,
  type CatalogProblem,
  contentOf,
  placeText,
  readCatalog,
} from '@runyard/catalog';
import type { RunyardClient } from '@runyard/client';
import { ClientError } from '@runyard/client';
import {
  CATALOG_SECTIONS,
  type CatalogAppliedAnswer,
  type CatalogApplyRequest,
  type CatalogImportedAnswer,
  type CatalogImportOptions,
} from '@runyard/contracts';
import type { Environment } from '@runyard/config';
import { CATALOG_KINDS, type FieldError } from '@runyard/domain';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { PasswordSource } from './input/read-password.ts';
import { readPipedText } from './input/read-piped-text.ts';

/** The content of catalog files, ready to be applied. */
export interface ReadFiles {
  readonly documents: readonly CatalogDocument[];
  readonly bundles: NonNullable<CatalogApplyRequest['bundles']>;
  /** `services.yaml:12 …` */
  readonly warnings: readonly string[];
  /** One of them at least is a service file of a Gateway. */
  readonly hasGatewayFile: boolean;
}

const PROBLEMS_SHOWN_MAX = 50;
const NOT_VALID = 'The catalog is not valid; nothing was written.';

interface FilesOptions {
  readonly format?: CatalogFormat;
  /** Read as one more file. */
  readonly input?: PasswordSource | undefined;
}

/** Reads files and folders. Throws a CliError with the file and line of every mistake. */
export async function readCatalogFiles(
  paths: readonly string[],
  env: Environment,
  { format = 'auto', input }: FilesOptions = {},
): Promise<ReadFiles> {
  const text = input && { name: 'standard input', content: await readPipedText(input, CATALOG_FILE_BYTES_MAX) };
  const read = await readCatalog(paths, { env, format, ...(text ? { text } : {}) });
  const { documents, bundles, problems, warnings, hasGatewayFile } = read;
  if (problems.length > 0) throw refused(NOT_VALID, problems.map(problemText));
  return {
    documents,
    bundles: bundles.map(({ hash, content }) => ({ hash, content: Buffer.from(content).toString('base64') })),
    warnings: warnings.map(problemText),
    hasGatewayFile,
  };
}

/** Writes documents into the catalog. What the gateway finds wrong is told with file and line, too. */
export async function applyDocuments(
  client: RunyardClient,
  { documents, bundles }: Pick<ReadFiles, 'documents' | 'bundles'>,
  options: Pick<CatalogApplyRequest, 'dryRun' | 'set'> = {},
): Promise<CatalogAppliedAnswer> {
  try {
    return await client.catalog.apply({ catalog: contentOf(documents), bundles, ...options });
  } catch (error) {
    throw withFiles(error, documents);
  }
}

/** Brings documents into the catalog item by item. Warnings and mistakes are told with file and line. */
export async function importDocuments(
  client: RunyardClient,
  { documents, bundles }: Pick<ReadFiles, 'documents' | 'bundles'>,
  options: CatalogImportOptions,
): Promise<{ readonly answer: CatalogImportedAnswer; readonly warnings: readonly string[] }> {
  try {
    const answer = await client.catalog.import({ catalog: contentOf(documents), bundles }, options);
    return { answer, warnings: answer.warnings.map((warning) => problemText(inFile(warning, documents))) };
  } catch (error) {
    throw withFiles(error, documents);
  }
}

function withFiles(error: unknown, documents: readonly CatalogDocument[]): unknown {
  if (!(error instanceof ClientError) || error.errors.length === 0) return error;
  const title = REFUSALS[error.code];
  return title
    ? refused(
        title,
        error.errors.map((wrong) => problemText(inFile(wrong, documents))),
      )
    : error;
}

function problemText(problem: CatalogProblem): string {
  const place = placeText(problem);
  const path = problem.file === undefined || problem.path === '' ? '' : ` ${problem.path}`;
  return `${place}${path} ${problem.message}`;
}

/** Refusals that name places in the files. */
const REFUSALS: Readonly<Record<string, string>> = {
  CATALOG_INVALID: NOT_VALID,
  SCHEDULE_ENABLED: 'Schedules that are enabled would change; nothing was written.',
};

function refused(title: string, lines: readonly string[]): CliError {
  const shown = lines.slice(0, PROBLEMS_SHOWN_MAX);
  const rest = lines.length - shown.length;
  return new CliError(title, EXIT.refused, [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])]);
}

/** From a place in the request to the one in the file that it was read from. */
function inFile(wrong: FieldError, documents: readonly CatalogDocument[]): CatalogProblem {
  const [, section, index, rest = ''] = /^(?:\/catalog)?\/([a-zA-Z]+)\/(\d+)(\/.*)?$/.exec(wrong.path) ?? [];
  const kind = CATALOG_KINDS.find((candidate) => CATALOG_SECTIONS[candidate].section === section);
  const document = documents.filter((candidate) => candidate.kind === kind)[Number(index)];
  return document ? { ...document.at(rest), message: wrong.message } : wrong;
}
