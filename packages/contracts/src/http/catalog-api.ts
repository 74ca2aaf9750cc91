import { CATALOG_KINDS, type CatalogKind, MANAGING_SET, type RoleHolder } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { CatalogContent } from '../catalog/catalog-document.ts';
import { serviceProperties } from '../catalog/service.ts';
import type { SchemaObject } from '../json-schema.ts';
import { BUNDLE_BYTES_MAX } from '../source-bundle.ts';
import { timeSchema } from './parts.ts';

const bundleSchema = {
  type: 'object',
  description: 'Files of a service.',
  properties: {
    hash: { ...serviceProperties.bundle, description: 'Content address.' },
    content: {
      type: 'string',
      contentEncoding: 'base64',
      // What is packed may be larger than what is in it; base64 takes 4 characters for 3 bytes.
      maxLength: BUNDLE_BYTES_MAX * 2,
      description: 'The packed files in base64.',
    },
  },
  required: ['hash', 'content'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const setSchema = {
  type: 'string',
  pattern: MANAGING_SET.source,
  'x-expects': 'a name of 1 to 63 letters, digits, dots, hyphens or underscores',
} as const satisfies SchemaObject;

export const catalogApplySchema = {
  type: 'object',
  description: 'Writes items into the catalog, all or none. Items that are not named stay as they are.',
  properties: {
    catalog: { $ref: 'Catalog' },
    bundles: { type: 'array', maxItems: 1_000, items: bundleSchema, description: 'Files that services refer to.' },
    dryRun: { type: 'boolean', default: false, description: 'Only says what would change.' },
    set: { ...setSchema, description: 'The set of files that added and changed items belong to; none when absent.' },
  },
  required: ['catalog'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export interface CatalogApplyRequest {
  catalog: CatalogContent;
  bundles?: { hash: string; content: string }[];
  dryRun?: boolean;
  set?: string;
}

const itemName = {
  type: 'object',
  description: 'An item of the catalog.',
  properties: {
    kind: { enum: CATALOG_KINDS, description: 'Its kind.' },
    name: { type: 'string', description: 'Its name.' },
  },
  required: ['kind', 'name'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const catalogAppliedSchema = {
  type: 'object',
  description: 'What applying changed.',
  properties: {
    added: { type: 'array', items: itemName, description: 'Items that are new.' },
    changed: { type: 'array', items: itemName, description: 'Items that are different now.' },
    unchanged: { type: 'integer', minimum: 0, description: 'Number of items that were as they should be.' },
    revision: { type: 'integer', minimum: 0, description: 'Revision of the catalog afterwards.' },
    dryRun: { type: 'boolean', description: 'True when nothing was written.' },
  },
  required: ['added', 'changed', 'unchanged', 'revision', 'dryRun'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type CatalogAppliedAnswer = FromSchema<typeof catalogAppliedSchema>;

export const IMPORT_STATES = ['add', 'replacement', 'conflict', 'unchanged', 'delete'] as const;

const warningSchema = {
  type: 'object',
  description: 'What is allowed in a service file of a Gateway, and probably not meant.',
  properties: {
    path: { type: 'string', description: 'JSON pointer to the place.' },
    line: { type: 'integer', minimum: 1, description: 'Its line, for a text.' },
    message: { type: 'string', description: 'What is odd about it.' },
  },
  required: ['path', 'message'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const catalogImportedSchema = {
  type: 'object',
  description: 'What importing did, or would do.',
  properties: {
    items: {
      type: 'array',
      description: 'Items that are not as they were, the first ten thousand.',
      items: {
        ...itemName,
        properties: {
          ...itemName.properties,
          state: { enum: IMPORT_STATES, description: 'What became of it; a conflict was left as it was.' },
          reason: { type: 'string', description: 'Why it is a conflict.' },
        },
        required: ['kind', 'name', 'state'],
      },
    },
    counts: {
      type: 'object',
      description: 'Number of items in each state.',
      properties: {
        add: { type: 'integer', minimum: 0, description: 'Items that are new.' },
        replacement: { type: 'integer', minimum: 0, description: 'Items that were replaced.' },
        conflict: { type: 'integer', minimum: 0, description: 'Items that were left as they were.' },
        unchanged: { type: 'integer', minimum: 0, description: 'Items that were as they should be.' },
        delete: { type: 'integer', minimum: 0, description: 'Items that were deleted.' },
      },
      required: IMPORT_STATES,
      additionalProperties: false,
    },
    warnings: { type: 'array', items: warningSchema, description: 'What was left out, or refers to nothing.' },
    set: { type: 'string', description: 'The set of files that the items belong to.' },
    revision: { type: 'integer', minimum: 0, description: 'Revision of the catalog afterwards.' },
    check: { type: 'boolean', description: 'True when nothing was written.' },
  },
  required: ['items', 'counts', 'warnings', 'set', 'revision', 'check'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type ImportState = (typeof IMPORT_STATES)[number];

export interface CatalogImportedAnswer {
  items: { kind: CatalogKind; name: string; state: ImportState; reason?: string }[];
  counts: Record<ImportState, number>;
  warnings: { path: string; line?: number; message: string }[];
  set: string;
  revision: number;
  check: boolean;
}

/** What is exported: the query of the call. */
export const catalogExportQuery = {
  kinds: {
    schema: { type: 'string', minLength: 1, maxLength: 200 },
    description: `Only these kinds, separated by commas: ${CATALOG_KINDS.join(', ')}.`,
  },
  set: { schema: setSchema, description: 'Only items of this set of files.' },
} as const satisfies Record<string, { schema: SchemaObject; description: string }>;

/** How a catalog is imported: the query of the call. */
export const catalogImportQuery = {
  check: { schema: { type: 'boolean', default: false }, description: 'Only says what would be done.' },
  force: { schema: { type: 'boolean', default: false }, description: 'Replaces items that are there and differ.' },
  prune: {
    schema: { type: 'boolean', default: false },
    description: 'Deletes items that came with this set before and are in it no more.',
  },
  set: { schema: { ...setSchema, default: 'default' }, description: 'The set of files that the items belong to.' },
  format: {
    schema: { enum: ['auto', 'runyard', 'gateway'], default: 'auto' },
    description:
      'gateway: unknown fields and references to nothing are warnings, as for a service file of a Gateway; auto: when it looks like one.',
  },
} as const satisfies Record<string, { schema: SchemaObject; description: string }>;

export interface CatalogImportOptions {
  check?: boolean;
  force?: boolean;
  prune?: boolean;
  set?: string;
  format?: 'auto' | 'runyard' | 'gateway';
}

/** An item of the catalog with its version. */
export function versionedSchema(schema: string): SchemaObject {
  return {
    type: 'object',
    description: 'An item with its version.',
    properties: {
      item: { $ref: schema },
      version: { type: 'integer', minimum: 1, description: 'One more with each change; the ETag.' },
      updatedAt: { ...timeSchema, description: 'When it was changed last.' },
      managedBy: { type: 'string', description: 'The set of files that it came with, if any.' },
    },
    required: ['item', 'version', 'updatedAt'],
    additionalProperties: false,
  };
}

export interface VersionedAnswer<Document> {
  item: Document;
  version: number;
  updatedAt: string;
  managedBy?: string;
}

/** What uses an item that cannot be deleted therefore; in the problem document as `usedBy`. A key by its id. */
export interface ItemUser {
  readonly kind: CatalogKind | RoleHolder['kind'];
  readonly name: string;
}
